"""One supervisord for each installation: its configuration, its life and its RPC socket."""

from __future__ import annotations

import hashlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from xmlrpc.client import Error as RpcError
from xmlrpc.client import ServerProxy

import psutil
from supervisor.xmlrpc import SupervisorTransport

from almenara_platform.runtimes.exceptions import RuntimeFailure
from almenara_platform.runtimes.parts import Part

SOCKET_PATH_LIMIT = 90
"""supervisord binds ``<path>.<pid>`` first; the kernel takes 108 bytes on Linux and 104 on macOS."""

LOG_BYTES = "20MB"
LOG_BACKUPS = 2
PROVEN_AFTER_SECONDS = 5
"""A part that dies sooner is started again with a delay that grows by a second each time."""

GIVES_UP_AFTER_STARTS = 60
STOP_SECONDS = 30
POLL_SECONDS = 0.1
SERVER_VARIABLE = "SUPERVISOR_SERVER_URL"


@dataclass(frozen=True, slots=True)
class ProcessState:
    """What supervisord knows of one part."""

    state: str
    pid: int | None
    uptime_seconds: float | None
    restarts: int


class Supervisord:
    """The supervisor of the parts of one data folder; two folders never share one."""

    def __init__(self, folder: Path, logs: Path, working_directory: Path) -> None:
        self._folder = folder
        self._logs = logs
        self._working_directory = working_directory
        self._config = folder / "supervisord.conf"
        self._pid_file = folder / "supervisord.pid"
        self._own_log = logs / "supervisord.log"

    @property
    def socket(self) -> Path:
        """Where it listens: in the data folder, or in a private temporary one when that path is too long."""
        usual = self._folder / "supervisord.sock"
        if len(os.fsencode(usual)) <= SOCKET_PATH_LIMIT:
            return usual
        digest = hashlib.sha256(os.fsencode(usual)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"almenara-{os.getuid()}-{digest}" / "s.sock"

    def log_file(self, part: str) -> Path:
        """The newest log file of a part."""
        return self._logs / f"{part}.log"

    def is_running(self) -> bool:
        """Whether it answers on its socket."""
        try:
            with self._rpc() as rpc:
                return bool(rpc.supervisor.getState()["statename"] == "RUNNING")
        except (OSError, RpcError, HTTPException):
            return False

    def launch(self, parts: Sequence[Part], environment: Mapping[str, str]) -> None:
        """Start supervisord with none of the parts running yet; they inherit ``environment``."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._logs.mkdir(parents=True, exist_ok=True)
        _private_folder(self.socket.parent, self._folder)
        self._config.write_text(self.render(parts), encoding="utf-8")
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._config)]
        done = subprocess.run(
            command,
            env=dict(environment),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeFailure("supervisord did not start", (done.stderr or done.stdout).splitlines()[-5:])

    def start(self, part: str) -> None:
        """Start one part and return at once."""
        with self._rpc() as rpc:
            rpc.supervisor.startProcess(part, False)

    def states(self) -> dict[str, ProcessState]:
        """Every part by name; empty when supervisord does not run."""
        try:
            with self._rpc() as rpc:
                restarts = rpc.almenara.restarts()
                known = rpc.supervisor.getAllProcessInfo()
        except (OSError, RpcError, HTTPException):
            return {}
        return {info["name"]: _process_state(info, restarts.get(info["name"], 0)) for info in known}

    def shutdown(self) -> None:
        """Stop the parts and supervisord itself, whatever state they are in; returns when none is left."""
        with suppress(OSError, RpcError, HTTPException), self._rpc() as rpc:
            rpc.supervisor.shutdown()
            self._wait_until_gone(STOP_SECONDS + 5)
        self._signal(signal.SIGTERM)
        self._wait_until_gone(STOP_SECONDS)
        self._signal(signal.SIGKILL)
        self._wait_until_gone(5)
        self.socket.unlink(missing_ok=True)
        self._pid_file.unlink(missing_ok=True)

    def processes(self) -> list[psutil.Process]:
        """supervisord and whatever it or its parts started, also when it died and left them behind."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if self._is_supervisor(process) or self._is_part(process):
                    found.append(process)
        return found

    def render(self, parts: Sequence[Part]) -> str:
        """supervisord's configuration for these parts."""
        sections = [
            _section("unix_http_server", file=self.socket, chmod="0700"),
            _section(
                "supervisord",
                logfile=self._own_log,
                logfile_maxbytes="5MB",
                logfile_backups=1,
                pidfile=self._pid_file,
                directory=self._logs,
                **({"user": "root"} if os.getuid() == 0 else {}),
            ),
            _interface("supervisor", "supervisor.rpcinterface:make_main_rpcinterface"),
            _interface("almenara", "almenara_platform.runtimes.restarts:make_restart_counter"),
            *(self._program(part) for part in parts),
        ]
        return "\n".join(sections)

    def _program(self, part: Part) -> str:
        return _section(
            f"program:{part.name}",
            command=shlex.join(part.command),
            directory=self._working_directory,
            autostart="false",
            autorestart="true",
            startsecs=PROVEN_AFTER_SECONDS,
            startretries=GIVES_UP_AFTER_STARTS,
            stopwaitsecs=STOP_SECONDS,
            killasgroup="true",
            redirect_stderr="true",
            # Relative to supervisord's own directory: it would expand percent signs in this path twice.
            stdout_logfile=self.log_file(part.name).name,
            stdout_logfile_maxbytes=LOG_BYTES,
            stdout_logfile_backups=LOG_BACKUPS,
        )

    @contextmanager
    def _rpc(self) -> Iterator[Any]:
        transport = SupervisorTransport(serverurl=f"unix://{self.socket}")
        try:
            yield ServerProxy("http://127.0.0.1", transport=transport)
        finally:
            transport.close()

    def _signal(self, number: signal.Signals) -> None:
        for process in self.processes():
            with suppress(psutil.Error):
                process.send_signal(number)

    def _wait_until_gone(self, seconds: float) -> None:
        """A process counts as gone when only its zombie is left, which nobody may reap in a container."""
        deadline = time.monotonic() + seconds
        while self.processes() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)

    def _is_supervisor(self, process: psutil.Process) -> bool:
        return str(self._config) in process.cmdline()

    def _is_part(self, process: psutil.Process) -> bool:
        return process.environ().get(SERVER_VARIABLE) == f"unix://{self.socket}"


def _process_state(info: Mapping[str, Any], restarts: int) -> ProcessState:
    pid = info["pid"] or None
    uptime = float(info["now"] - info["start"]) if pid else None
    return ProcessState(info["statename"].lower(), pid, uptime, restarts)


def _section(name: str, **values: object) -> str:
    """One section; a percent sign would be an expansion, so it is doubled."""
    lines = [f"{key}={str(value).replace('%', '%%')}" for key, value in values.items()]
    return "\n".join([f"[{name}]", *lines, ""])


def _interface(name: str, factory: str) -> str:
    return f"[rpcinterface:{name}]\nsupervisor.rpcinterface_factory={factory}\n"


def _private_folder(folder: Path, usual: Path) -> None:
    """Make the socket's folder if it is not the usual one, and refuse one that another user made."""
    if folder == usual:
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or found.st_mode & 0o077 or folder.is_symlink():
        raise RuntimeFailure(f"{folder} belongs to somebody else or is open to others; remove it")

"""Whether the ports are free, and who holds the one that is not."""

from __future__ import annotations

import contextlib
import os
import shlex
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import psutil

from almenara_platform.runtimes.exceptions import PortBusy
from almenara_platform.runtimes.parts import Part

LOOPBACK = "127.0.0.1"
EVERYWHERE = ("", "0.0.0.0", "::", "[::]")


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that listens on a port."""

    pid: int
    command: str
    directory: str

    def __str__(self) -> str:
        return f"pid {self.pid} ({self.command}) in {self.directory}"


def reached_at(bind: str) -> str:
    """The host under which this machine reaches what is published on an address."""
    return LOOPBACK if bind in EVERYWHERE else bind


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def holder_of(port: int) -> Holder | None:
    """The process that listens on a port, or None when it belongs to another user or a container."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if port in _listening(process):
                command = shlex.join(process.cmdline())
                return Holder(process.pid, command[:120], process.cwd())
    return None


def require_free(parts: Sequence[Part], holder: Callable[[int], object | None] = holder_of) -> None:
    """Raise ``PortBusy`` naming every port that is taken, and by whom, as ``holder`` tells."""
    taken = [part for part in parts if not is_free(part.port)]
    problems = [*_shared(parts), *(_taken(part, holder(part.port)) for part in taken)]
    if problems:
        raise PortBusy(f"nothing was started: {problems[0]}", problems[1:])


def _listening(process: psutil.Process) -> set[int]:
    connections = process.net_connections(kind="tcp")
    return {link.laddr.port for link in connections if link.status == psutil.CONN_LISTEN}


def _shared(parts: Sequence[Part]) -> Iterable[str]:
    first: dict[int, Part] = {}
    for part in parts:
        other = first.setdefault(part.port, part)
        if other is not part:
            yield f"{other.setting} and {part.setting} both say {part.port}; give one of them another port"


def _taken(part: Part, holder: object | None) -> str:
    known = holder or "a process of another user or a container"
    return (
        f"port {part.port} of {part.name} is held by {known}; stop that, or choose another port: "
        f"{part.setting}={_another(part.port)} make up"
    )


def _another(port: int) -> int:
    """A port that is easy to recognise and within the range."""
    return port + 10_000 if port < 50_000 else port - 10_000

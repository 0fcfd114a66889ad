"""The whole stack as a compose project of its own, with random secrets, on free ports."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.containers import has_image, image_of, services

from almenara_platform.runtimes.declared import PASSED_ON, SECRETS
from almenara_platform.runtimes.members import Members
from almenara_platform.runtimes.stack import Stack

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND_SECONDS = 900
READER = (
    'PGPASSWORD="$(cat /run/secrets/grafana_db_password)" '
    "psql -q --csv -v ON_ERROR_STOP=1 -h 127.0.0.1 -U grafana_reader -d almenara"
)


@dataclass(frozen=True, slots=True)
class Project:
    """A running compose project; ``environ`` is what the command line was given to start it."""

    environ: Mapping[str, str]

    def compose(self, *arguments: str, given: str = "") -> str:
        """What a compose command prints; raises with what it complained about."""
        environ = Stack(ROOT, Members.load(self.environ, ROOT), self.environ).environment()
        return _run(("docker", "compose", *arguments), environ, given)

    def almenara(self, *arguments: str, given: str = "") -> str:
        """What a command of ours prints; raises with it when it fails."""
        done = self._run_program(*arguments, given=given)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refusal(self, *arguments: str) -> str:
        """What a command of ours says that fails."""
        done = self._run_program(*arguments)
        assert done.returncode != 0, done.stdout
        return done.stdout + done.stderr

    def _run_program(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        program = str(Path(sys.executable).with_name("almenara"))
        return _called((program, *arguments), self.environ, given)

    def url(self, service: str, port: int) -> str:
        """Where a service's port is published."""
        return f"http://{self.compose('port', service, str(port)).strip()}"

    def sql(self, statement: str) -> str:
        """CSV of a statement in the platform's database, logged in as Grafana's role."""
        return self.compose("exec", "-T", "postgres", "sh", "-c", READER, given=statement)

    def containers(self) -> dict[str, dict[str, Any]]:
        """What the engine knows of each container that should be running, by service."""
        ids = self.compose("ps", "--all", "--quiet").split()
        found = json.loads(_run(("docker", "inspect", *ids), os.environ)) if ids else []
        named = {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in found}
        return {name: one for name, one in named.items() if name != "volume-owners"}

    def status(self) -> list[dict[str, Any]]:
        """The parts as `almenara status --json` tells them, also when some of them are not healthy."""
        done = self._run_program("status", "--json")
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def ill(self) -> list[str]:
        """What is wrong with each part that is not healthy."""
        return [f"{part['name']}: {part['detail']}" for part in self.status() if not part["healthy"]]

    def kill(self, service: str) -> None:
        """End a container's process from outside of it, as a crash or the kernel would.

        `docker kill` would count as stopped on purpose, and a process cannot kill the first of its namespace.
        """
        pid = str(self.containers()[service]["State"]["Pid"])
        outside = ("docker", "run", "--rm", "--pid=host", "--user=root", "--network=none")
        _run((*outside, "--entrypoint=sh", image_of("valkey"), "-c", f"kill -9 {pid}"), os.environ)


@contextmanager
def started(folder: Path) -> Iterator[Project]:
    """The stack, healthy, from the images and configuration of this checkout; gone at the end."""
    with prepared(folder) as project:
        project.almenara("up", "--no-first-run")
        yield project


@contextmanager
def prepared(folder: Path, **environ: str) -> Iterator[Project]:
    """A project that is not started yet, with settings of its own; gone at the end."""
    project = Project({**os.environ, **_settings(folder), **environ})
    try:
        yield project
    finally:
        project.compose("down", "--volumes", "--timeout", "5")


def absent() -> list[str]:
    """Services whose foreign image is not on this machine, and cannot be expected to be fetched."""
    return [name for name, one in services().items() if "build" not in one and not has_image(name)]


def _settings(folder: Path) -> dict[str, str]:
    ports = [name for name in PASSED_ON if name.startswith("ALMENARA_PORT_")]
    return {
        "RUNTIME": "compose",
        "COMPOSE_PROJECT_NAME": f"almenara-test-{secrets.token_hex(4)}",
        "COMPOSE_PROFILES": "",
        "ALMENARA_DATA_DIR": str(folder),
        "SKIP": " ".join(absent()),
        **{name: secrets.token_hex(16) for name in SECRETS},
        **{name: str(port) for name, port in zip(ports, _free_ports(len(ports)), strict=True)},
    }


def _free_ports(count: int) -> set[int]:
    """Below the ports that the system and the engine give out by themselves until ours are taken."""
    found: set[int] = set()
    while len(found) < count:
        port = 15_000 + secrets.randbelow(15_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.add(port)
    return found


def _run(command: tuple[str, ...], environ: Mapping[str, str], given: str = "") -> str:
    done = _called(command, environ, given)
    assert done.returncode == 0, f"{' '.join(command)}: {(done.stdout + done.stderr)[-3000:]}"
    return done.stdout


def _called(
    command: tuple[str, ...], environ: Mapping[str, str], given: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env=dict(environ),
        input=given,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )

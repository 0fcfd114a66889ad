"""The whole stack as a compose project of its own, with random secrets, on free ports."""

from __future__ import annotations

import secrets
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml
from tests.platform.dashboards.reading import ROOT

from almenara_platform.runtimes.stack import SECRETS

START_SECONDS = 900
READER = (
    'PGPASSWORD="$(cat /run/secrets/grafana_db_password)" '
    "psql -q --csv -v ON_ERROR_STOP=1 -h 127.0.0.1 -U grafana_reader -d almenara"
)


@dataclass(frozen=True, slots=True)
class Project:
    """A running compose project."""

    name: str
    env_file: Path

    def compose(self, *arguments: str, given: str = "") -> str:
        """What a compose command prints; raises with what it complained about."""
        command = ("docker", "compose", "-p", self.name, "--env-file", str(self.env_file), *arguments)
        done = subprocess.run(
            command, cwd=ROOT, input=given, capture_output=True, text=True, timeout=START_SECONDS, check=False
        )
        assert done.returncode == 0, f"docker compose {' '.join(arguments)}: {done.stderr[-2000:]}"
        return done.stdout

    def url(self, service: str, port: int) -> str:
        """Where a service's port is published."""
        return f"http://{self.compose('port', service, str(port)).strip()}"

    def sql(self, statement: str) -> str:
        """CSV of a statement in the platform's database, logged in as Grafana's role."""
        return self.compose("exec", "-T", "postgres", "sh", "-c", READER, given=statement)


@contextmanager
def started(folder: Path) -> Iterator[Project]:
    """The stack, healthy, from the images and configuration of this checkout; gone at the end."""
    project = Project(f"almenara-test-{secrets.token_hex(4)}", folder / "env")
    project.env_file.write_text("\n".join(_settings()) + "\n", encoding="utf-8")
    try:
        project.compose("up", "--detach", "--build", "--wait", *_services())
        yield project
    finally:
        project.compose("down", "--volumes", "--timeout", "5")


def _settings() -> Iterator[str]:
    for name in SECRETS:
        yield f"{name}={secrets.token_hex(16)}"
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    for name in sorted(
        {part.split(":")[0] for part in compose.split("${") if part.startswith("ALMENARA_PORT_")}
    ):
        yield f"{name}={_free_port()}"
    if not has_image("marquez"):
        yield "ALMENARA_MARQUEZ_URL="


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _services() -> list[str]:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    built = {name for name, service in compose.items() if "build" in service}
    return [name for name in compose if name != "volume-owners" and (name in built or has_image(name))]


def has_image(service: str) -> bool:
    """Whether the engine has the image of a service."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    image = compose[service]["image"].split(":-", 1)[1].removesuffix("}")
    found = subprocess.run(
        ("docker", "image", "inspect", image), capture_output=True, timeout=60, check=False
    )
    return found.returncode == 0

"""Docker Compose by its command line: what there is, what runs, and the images that it takes."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from almenara_platform.runtimes.exceptions import RuntimeFailure

LAST_LINES = 15


@dataclass(frozen=True, slots=True)
class Service:
    """A service of the compose file. ``ports`` maps published ports to those inside the container."""

    name: str
    image: str
    built: bool
    ports: Mapping[int, int] = field(default_factory=dict)
    needs: frozenset[str] = frozenset()
    runs_once: bool = False


@dataclass(frozen=True, slots=True)
class Container:
    """A container as the engine sees it; ``health`` is empty where it has no health check."""

    service: str
    state: str
    health: str
    exit_code: int
    created: bool = True


class Engine:
    """Runs ``docker compose`` in the checkout ``root`` with ``environ``, for one project."""

    def __init__(self, root: Path, environ: Mapping[str, str] = os.environ) -> None:
        self._root = root
        self._environ = dict(environ)

    def services(self) -> list[Service]:
        """The services in the order of the file; raises ``RuntimeFailure`` for a file that is not valid."""
        config = json.loads(self._output("config", "--format", "json"))
        named = {name: _service(name, value) for name, value in config["services"].items()}
        once = {
            name
            for value in config["services"].values()
            for name, how in value.get("depends_on", {}).items()
            if how["condition"] == "service_completed_successfully"
        }
        return [replace(service, runs_once=service.name in once) for service in named.values()]

    def containers(self) -> dict[str, Container]:
        """The containers of the project by service, stopped ones too."""
        lines = self._output("ps", "--all", "--format", "json").splitlines()
        found = (json.loads(line) for line in lines if line.strip())
        return {
            one["Service"]: Container(
                one["Service"], one["State"], one.get("Health") or "", one.get("ExitCode") or 0
            )
            for one in found
        }

    def has_image(self, image: str) -> bool:
        """Whether the image is on this machine."""
        command = ("docker", "image", "inspect", "--format", "{{.Id}}", image)
        return self._call(command).returncode == 0

    def pull(self, service: str) -> str:
        """Fetch an image; returns why not, empty when it is there."""
        result = self._compose("pull", "--quiet", service)
        return "" if result.returncode == 0 else _last_words(result.stderr)

    def build(self, service: str) -> None:
        """Build an image of ours; raises ``RuntimeFailure`` with the last lines of the build."""
        result = self._compose("build", "--quiet", service)
        if result.returncode:
            lines = result.stderr.strip().splitlines()[-LAST_LINES:]
            raise RuntimeFailure(f"the image of {service} cannot be built; its last lines:", lines)

    def up(self, services: Sequence[str]) -> None:
        """Create and start these services and what they need."""
        self._output("up", "--detach", "--no-build", "--quiet-pull", *services)

    def down(self, volumes: bool = False) -> None:
        """Stop and remove the containers; with ``volumes`` their data as well."""
        self._output("down", "--remove-orphans", *(["--volumes"] if volumes else []))

    def last_lines(self, service: str) -> list[str]:
        """The last log lines of a service."""
        result = self._compose("logs", "--no-color", "--no-log-prefix", "--tail", str(LAST_LINES), service)
        return (result.stdout + result.stderr).strip().splitlines()[-LAST_LINES:]

    def logs(self, services: Sequence[str], lines: int, follow: bool) -> Iterator[tuple[str, str]]:
        """(service, line) pairs: the last lines, then new ones while following."""
        words = ["logs", "--no-color", "--tail", str(lines), *(["--follow"] if follow else []), *services]
        command = ("docker", "compose", *words)
        with subprocess.Popen(
            command, cwd=self._root, env=self._environ, text=True, stdout=subprocess.PIPE, errors="replace"
        ) as process:
            try:
                for line in process.stdout or ():
                    name, _, text = line.rstrip("\n").partition("|")
                    yield name.strip().rsplit("-", 1)[0], text.removeprefix(" ")
            finally:
                process.terminate()

    def _output(self, *words: str) -> str:
        result = self._compose(*words)
        if result.returncode:
            lines = result.stderr.strip().splitlines()[-LAST_LINES:]
            raise RuntimeFailure(
                f"docker compose {words[0]} failed: {_last_words(result.stderr)}", lines[:-1]
            )
        return result.stdout

    def _compose(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self._call(("docker", "compose", *words))

    def _call(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self._root, env=self._environ, text=True, capture_output=True, check=False
        )


def _service(name: str, value: Mapping[str, Any]) -> Service:
    ports = {int(port["published"]): int(port["target"]) for port in value.get("ports", [])}
    needs = frozenset(value.get("depends_on", {}))
    return Service(name, value["image"], "build" in value, ports, needs)


def _last_words(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it says nothing"

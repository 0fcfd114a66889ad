"""Docker Compose by its command line: what there is, what runs, and the images that it takes."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import Any

from almenara_platform.runtimes import pulls
from almenara_platform.runtimes.exceptions import RuntimeFailure

LAST_LINES = 15
SOURCES_LABEL = "io.almenara.sources"
EVERY_PROFILE = ("--profile", "*")
"""Or Compose passes over containers whose profile was on at their start and is off now."""

_ONCE = "service_completed_successfully"


@dataclass(frozen=True, slots=True)
class Service:
    """A service of the compose file.

    ``ports`` maps published ports to those inside the container, ``files`` are mounted from this machine.
    """

    name: str
    image: str
    built: bool
    ports: Mapping[int, int] = field(default_factory=dict)
    needs: frozenset[str] = frozenset()
    runs_once: bool = False
    files: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Container:
    """A container as the engine sees it; ``health`` is empty where it has no health check.

    ``elsewhere`` is the folder that it was started from, when that is there and is not our checkout.
    """

    service: str
    state: str
    health: str = ""
    exit_code: int = 0
    id: str = ""
    pid: int | None = None
    started_at: datetime | None = None
    restarts: int = 0
    elsewhere: str = ""


class Starting:
    """A start that goes on in the background, because Compose waits for what a service depends on."""

    def __init__(self, command: Sequence[str], root: Path, environ: Mapping[str, str]) -> None:
        self._errors = TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            command, cwd=root, env=environ, stdout=subprocess.DEVNULL, stderr=self._errors
        )

    def is_done(self) -> bool:
        """Whether it has come to its end, a good or a bad one."""
        return self._process.poll() is not None

    def complaint(self) -> list[str]:
        """The last lines of a start that failed; empty while it goes on and after it has succeeded."""
        if not self._process.poll():
            return []
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace").strip().splitlines()[-LAST_LINES:] or [
            "no reason"
        ]

    def wait(self) -> None:
        """Until it is done."""
        self._process.wait()

    def stop(self) -> None:
        """Give up what is not started yet; harmless afterwards."""
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait()
        self._errors.close()


class Engine:
    """Runs ``docker compose`` in the checkout ``root`` with ``environ``, for one project."""

    def __init__(self, root: Path, environ: Mapping[str, str] = os.environ) -> None:
        self._root = root
        self._environ = dict(environ)

    def services(self, every_profile: bool = False) -> list[Service]:
        """The services that the profiles ask for, or all of them, in the order of the file.

        Raises ``RuntimeFailure`` for a file that is not valid.
        """
        found: dict[str, Any] = self._config(*EVERY_PROFILE if every_profile else ())["services"]
        once = {
            name
            for value in found.values()
            for name, how in value.get("depends_on", {}).items()
            if how["condition"] == _ONCE
        }
        services = (_service(name, value, self._root.resolve()) for name, value in found.items())
        return [replace(service, runs_once=service.name in once) for service in services]

    def containers(self) -> dict[str, Container]:
        """The containers of the project by service, stopped ones too."""
        ids = self._output("ps", "--all", "--quiet").split()
        if not ids:
            return {}
        # One that goes away in between is told on stderr, and the others are there.
        found = json.loads(self._call(("docker", "inspect", *ids)).stdout or "[]")
        return {one.service: one for one in (_container(value, self._root) for value in found)}

    def volumes(self) -> list[str]:
        """The volumes of the project, those of parts that do not run too."""
        label = f"label=com.docker.compose.project={self._config()['name']}"
        result = self._call(("docker", "volume", "ls", "--quiet", "--filter", label))
        if result.returncode:
            raise RuntimeFailure(f"docker volume ls failed: {_last_words(result.stderr)}")
        return result.stdout.split()

    def container_on(self, port: int) -> str:
        """Which container of any project publishes a port of this machine; empty for none."""
        lines = self._call(("docker", "ps", "--format", "{{.Names}}\t{{.Ports}}")).stdout.splitlines()
        pairs = (line.partition("\t") for line in lines)
        holders = (name for name, _, published in pairs if f":{port}->" in published)
        return next((f"the container {name}" for name in holders), "")

    def has_image(self, image: str) -> bool:
        """Whether the image is on this machine."""
        return self._call(("docker", "image", "inspect", "--format", "{{.Id}}", image)).returncode == 0

    def sources_of(self, image: str) -> str:
        """The fingerprint of the sources that an image of ours was built from; empty for none."""
        form = f'{{{{index .Config.Labels "{SOURCES_LABEL}"}}}}'
        return self._call(("docker", "image", "inspect", "--format", form, image)).stdout.strip()

    def pull(self, service: str) -> str:
        """Fetch an image; returns why not in a phrase, empty when it is there."""
        result = self._compose("pull", "--quiet", service)
        return "" if result.returncode == 0 else pulls.reason(result.stderr)

    def build(self, service: str) -> None:
        """Build an image of ours; raises ``RuntimeFailure`` with the last lines of the build."""
        result = self._compose("build", "--quiet", service)
        if result.returncode:
            lines = result.stderr.strip().splitlines()[-LAST_LINES:]
            raise RuntimeFailure(f"the image of {service} cannot be built; its last lines:", lines)

    def start(self, services: Sequence[str], environ: Mapping[str, str] = MappingProxyType({})) -> Starting:
        """Begin to create and start these services and what they need; what runs as it should is left.

        ``environ`` replaces variables that the compose file reads.
        """
        words = ("up", "--detach", "--no-build", "--quiet-pull", "--remove-orphans", *services)
        return Starting(("docker", "compose", *words), self._root, {**self._environ, **environ})

    def restart(self, services: Sequence[str]) -> None:
        """Stop and start these containers."""
        self._output("restart", *services)

    def remove(self, services: Sequence[str]) -> None:
        """Stop and remove the containers of these services; their volumes stay."""
        self._output("rm", "--stop", "--force", *services)

    def down(self, volumes: bool = False) -> None:
        """Stop and remove the containers; with ``volumes`` their data as well."""
        self._output(*EVERY_PROFILE, "down", "--remove-orphans", *(["--volumes"] if volumes else []))

    def last_lines(self, service: str) -> list[str]:
        """The last log lines of a service."""
        result = self._compose("logs", "--no-color", "--no-log-prefix", "--tail", str(LAST_LINES), service)
        return (result.stdout + result.stderr).strip().splitlines()[-LAST_LINES:]

    def logs(self, services: Sequence[str], lines: int, follow: bool) -> Iterator[tuple[str, str]]:
        """(service, line) pairs: the last lines, then new ones while following."""
        words = ["logs", "--no-color", "--tail", str(lines), *(["--follow"] if follow else []), *services]
        command = ("docker", "compose", *EVERY_PROFILE, *words)
        with subprocess.Popen(
            command, cwd=self._root, env=self._environ, text=True, stdout=subprocess.PIPE, errors="replace"
        ) as process:
            try:
                for line in process.stdout or ():
                    name, _, text = line.rstrip("\n").partition("|")
                    yield name.strip().rsplit("-", 1)[0], text.removeprefix(" ")
            finally:
                process.terminate()

    def _config(self, *profiles: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._output(*profiles, "config", "--format", "json"))
        return found

    def _output(self, *words: str) -> str:
        result = self._compose(*words)
        if result.returncode:
            lines = result.stderr.strip().splitlines()[-LAST_LINES:]
            command = next(word for word in words if word not in EVERY_PROFILE)
            raise RuntimeFailure(f"docker compose {command} failed: {_last_words(result.stderr)}", lines[:-1])
        return result.stdout

    def _compose(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self._call(("docker", "compose", *words))

    def _call(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                command, cwd=self._root, env=self._environ, text=True, capture_output=True, check=False
            )
        except FileNotFoundError as error:
            raise RuntimeFailure("docker is not on PATH; RUNTIME=embedded needs no Docker") from error


def _service(name: str, value: Mapping[str, Any], root: Path) -> Service:
    ports = {int(port["published"]): int(port["target"]) for port in value.get("ports", [])}
    binds = (Path(one["source"]) for one in value.get("volumes", []) if one["type"] == "bind")
    # An exporter that looks at the whole machine mounts the root.
    files = tuple(path for path in binds if not root.is_relative_to(path))
    needs = frozenset(value.get("depends_on", {}))
    return Service(name, value["image"], "build" in value, ports, needs, files=files)


def _container(found: Mapping[str, Any], root: Path) -> Container:
    state = found["State"]
    labels = found["Config"]["Labels"]
    return Container(
        service=labels["com.docker.compose.service"],
        state=state["Status"],
        health=(state.get("Health") or {}).get("Status", ""),
        exit_code=state["ExitCode"],
        id=found["Id"],
        pid=state["Pid"] or None,
        started_at=_moment(state["StartedAt"]),
        restarts=found["RestartCount"],
        elsewhere=_elsewhere(labels.get("com.docker.compose.project.working_dir", ""), root),
    )


def _elsewhere(folder: str, root: Path) -> str:
    """The folder, unless it is ``root``, by whatever path, or a checkout that was moved or removed."""
    try:
        return "" if not folder or Path(folder).samefile(root) else folder
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except PermissionError:
        return folder


def _moment(text: str) -> datetime | None:
    """The engine's time with its nanoseconds; it writes the year 1 for never."""
    return None if text.startswith("0001-") else datetime.fromisoformat(text)


def _last_words(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it says nothing"

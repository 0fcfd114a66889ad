"""Which runtime to use, and why."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from subprocess import TimeoutExpired, run

from almenara_platform.runtimes.exceptions import NoRuntime

COMPOSE_FILE = "docker-compose.yml"
ENGINE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Choice:
    """The name of a runtime and the reason in half a sentence."""

    runtime: str
    reason: str


def choose(
    requested: str, root: Path, available: Collection[str], engine_complaint: Callable[[], str]
) -> Choice:
    """The runtime that was asked for, or compose where it can run, else embedded.

    ``engine_complaint`` says why no Docker engine can be used, empty when one can. Raises ``NoRuntime`` when
    the one that was asked for cannot be used.
    """
    if requested == "embedded":
        return Choice("embedded", "RUNTIME=embedded asks for it")
    obstacle = _obstacle_to_compose(root, available) or engine_complaint()
    if requested == "compose":
        if obstacle:
            raise NoRuntime(f"RUNTIME=compose cannot be used: {obstacle}; RUNTIME=embedded needs no Docker")
        return Choice("compose", "RUNTIME=compose asks for it")
    return Choice("embedded", obstacle) if obstacle else Choice("compose", "a Docker engine answers")


def engine_complaint() -> str:
    """Why no Docker engine can be used, empty when one answers and has the compose plugin."""
    if not which("docker"):
        return "docker is not on PATH"
    if not _answers("docker", "info"):
        return "no Docker engine answers"
    return "" if _answers("docker", "compose", "version") else "Docker lacks the compose plugin"


def _obstacle_to_compose(root: Path, available: Collection[str]) -> str:
    if not (root / COMPOSE_FILE).is_file():
        return f"{COMPOSE_FILE} is missing"
    return "" if "compose" in available else f"`almenara up` does not drive {COMPOSE_FILE} in this version"


def _answers(*command: str) -> bool:
    try:
        return run(command, capture_output=True, timeout=ENGINE_SECONDS, check=False).returncode == 0
    except (OSError, TimeoutExpired):
        return False

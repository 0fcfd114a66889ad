"""What a test may need from the machine: present, skipped with a reason, or required and then failed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SKIPPED_LAYERS = pytest.StashKey[Counter[str]]()

# How long an example takes says how busy the machine is, and nothing about the code.
settings.register_profile(
    "unhurried", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unhurried")


def _use_own_programs() -> None:
    """Programs that a user installed without root stand in ~/.local/bin, which a bare shell may leave out."""
    own = str(Path.home() / ".local" / "bin")
    path = os.environ.get("PATH", "").split(os.pathsep)
    if Path(own).is_dir() and own not in path:
        os.environ["PATH"] = os.pathsep.join([*path, own])


_use_own_programs()


def _chromium() -> str | None:
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def _program(name: str) -> Callable[[], str]:
    """A probe that answers with why the program cannot be used, or with nothing."""
    return lambda: "" if shutil.which(name) else f"{name} is not on PATH"


def _answers(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _docker() -> str:
    if not shutil.which("docker"):
        return "docker is not on PATH"
    if not _answers("docker", "info"):
        return "no Docker engine answers"
    return "" if _answers("docker", "compose", "version") else "the docker compose plugin is missing"


PROBES: dict[str, Callable[[], str]] = {
    "docker": _docker,
    "promtool": _program("promtool"),
    "amtool": _program("amtool"),
    "chromium": lambda: "" if _chromium() else f"none of {', '.join(CHROMIUM_NAMES)} is on PATH",
}
NEEDS = {name: name for name in PROBES} | {"stack": "docker"}


@cache
def missing(requirement: str) -> str:
    """Why this machine lacks a requirement (a key of ``PROBES``); empty when it is there."""
    return PROBES[requirement]()


def required() -> set[str]:
    """What ``ALMENARA_REQUIRE`` lists: a test that needs one of these fails where it would be skipped."""
    listed = {name.strip() for name in os.environ.get("ALMENARA_REQUIRE", "").split(",")} - {""}
    unknown = listed - set(PROBES)
    if unknown:
        known = ", ".join(PROBES)
        raise pytest.UsageError(f"ALMENARA_REQUIRE lists {', '.join(sorted(unknown))}; known are {known}")
    return listed


def _needed(markers: Iterable[pytest.Mark]) -> list[str]:
    return sorted({NEEDS[mark.name] for mark in markers if mark.name in NEEDS})


def pytest_configure(config: pytest.Config) -> None:
    """A wrong requirement is told before the first test, not by the first test that needs it."""
    config.stash[SKIPPED_LAYERS] = Counter()
    required()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests go last: playwright's synchronous API leaves an event loop running in the main thread."""
    items.sort(key=lambda item: item.get_closest_marker("chromium") is not None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine cannot run; fail it where the requirement is demanded."""
    for name in _needed(item.iter_markers()):
        reason = missing(name)
        if reason and name in required():
            pytest.fail(f"{reason}, and ALMENARA_REQUIRE demands {name}", pytrace=False)
        if reason:
            item.config.stash[SKIPPED_LAYERS][f"{name}: {reason}"] += 1
            pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Count the tests of every layer that this machine could not run."""
    skipped = config.stash[SKIPPED_LAYERS]
    if skipped:
        terminalreporter.section("layers not run on this machine")
    for layer, count in sorted(skipped.items()):
        terminalreporter.line(f"{count} test{'s' if count > 1 else ''} skipped, {layer}")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium for playwright's ``executable_path``; mark the test ``chromium`` too."""
    return _chromium() or pytest.skip(missing("chromium"))


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The root of this checkout."""
    return Path(__file__).resolve().parent.parent

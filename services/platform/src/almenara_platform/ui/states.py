"""What a state looks like, everywhere the same: a word, an icon and a tone, never a colour alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from almenara_platform.logs.level import canonical
from almenara_platform.runs.model import RunState


@dataclass(frozen=True, slots=True)
class Look:
    """A word, a Material icon and a tone (a class ``tone-*`` of the style sheet)."""

    label: str
    icon: str
    tone: str

    def cell(self) -> dict[str, str]:
        """As the tables' browser side takes it."""
        return asdict(self)


RUN_STATES = {
    RunState.QUEUED: Look("Queued", "schedule", "wait"),
    RunState.START: Look("Started", "play_circle", "run"),
    RunState.RUNNING: Look("Running", "play_circle", "run"),
    RunState.COMPLETE: Look("Complete", "check_circle", "ok"),
    RunState.FAIL: Look("Failed", "error", "fail"),
    RunState.ABORT: Look("Aborted", "block", "abort"),
}

LEVELS = {
    "TRACE": Look("TRACE", "", "quiet"),
    "DEBUG": Look("DEBUG", "", "quiet"),
    "INFO": Look("INFO", "", "quiet"),
    "SUCCESS": Look("SUCCESS", "", "ok"),
    "WARNING": Look("WARNING", "warning", "warn"),
    "ERROR": Look("ERROR", "error", "fail"),
    "CRITICAL": Look("CRITICAL", "error", "fail"),
}

CHOOSABLE_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

PASSED = Look("Passed", "check_circle", "ok")
BROKEN = Look("Failed", "error", "fail")
UNCHECKED = Look("No threshold", "remove", "quiet")


def of_run(state: RunState) -> Look:
    """How a run's or a stage's state looks."""
    return RUN_STATES[state]


def of_level(level: str) -> Look:
    """How a log level looks; a level that nobody knows is shown as it came."""
    name = canonical(level)
    return LEVELS.get(name, Look(name[:12], "", "quiet"))


def of_check(passed: bool | None) -> Look:
    """How the outcome of a quality check looks."""
    return UNCHECKED if passed is None else PASSED if passed else BROKEN

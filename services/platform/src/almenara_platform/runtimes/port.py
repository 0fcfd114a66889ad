"""The port of a runtime: whatever starts, watches and stops the parts on this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One part as it is now.

    ``state`` is the runtime's own word (running, starting, backoff, fatal, stopped). ``detail`` says why
    a part is not healthy, ``shows`` what a user finds at ``url``. ``start_seconds`` is None until the part
    was seen healthy.
    """

    name: str
    state: str
    healthy: bool
    detail: str = ""
    pid: int | None = None
    uptime_seconds: float | None = None
    restarts: int = 0
    url: str | None = None
    shows: str = ""
    start_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that a part wrote."""

    part: str
    text: str


@dataclass(frozen=True, slots=True)
class Started:
    """What ``up`` did: ``changed`` is False when everything ran already; ``notes`` are for the user."""

    parts: Sequence[PartStatus]
    changed: bool
    notes: Sequence[str] = ()


class Progress(Protocol):
    """Told of the start as it goes on; called from the thread that called ``up``."""

    def note(self, message: str) -> None:
        """Something that the user should know."""

    def part(self, status: PartStatus) -> None:
        """A part as it is now; called again while it starts."""


class Runtime(Protocol):
    """Runs the parts. Every method raises a ``RuntimeFailure`` that says what to do next."""

    @property
    def name(self) -> str:
        """The name by which ``RUNTIME`` chooses it."""

    def is_running(self) -> bool:
        """Whether something of it was started and not stopped since."""

    def up(self, progress: Progress) -> Started:
        """Start what does not run and return when every part is healthy; on failure stop what was started."""

    def down(self) -> Sequence[str]:
        """Stop every part, keep the data, leave no process; returns the names of what was stopped."""

    def status(self) -> Sequence[PartStatus]:
        """Every part, also those that do not run."""

    def logs(self, parts: Sequence[str], lines: int, follow: bool) -> Iterator[LogLine]:
        """The last ``lines`` lines of the parts (all when none is named), then new ones while following."""

    def clean(self) -> Sequence[str]:
        """Stop every part and remove its data; returns what was removed, for people to read."""

    def addresses(self) -> Mapping[str, str]:
        """Base URL of each part, by name, without a slash at the end."""

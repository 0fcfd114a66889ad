"""How runs ended, counted: what the ``pipeline_*`` metrics show."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import NamedTuple

from almenara_platform.runs.model import Run, RunState

BUCKETS = tuple(
    map(float, (1, 5, 10, 30, 60, 120, 300, 600, 900, 1200, 1800, 2700, 3600, 5400, 7200, 10800, 14400))
)
"""Upper bounds of the duration histogram in seconds, without +Inf."""

OUTCOMES = tuple(state for state in RunState if state.final)


class Ending(NamedTuple):
    """How one run ended. ``seconds`` is None while its start is not known."""

    pipeline: str
    outcome: RunState
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """All endings of one kind. ``buckets`` are cumulative counts, one per bound of ``BUCKETS`` and +Inf."""

    pipeline: str
    outcome: RunState
    runs: int
    seconds: float
    buckets: tuple[int, ...]


def ending(run: Run) -> Ending | None:
    """The ending of a run that has ended, else None."""
    return Ending(run.pipeline, run.state, run.duration_seconds) if run.state.final else None


def bucket(seconds: float) -> int:
    """The first bucket that counts this duration; ``len(BUCKETS)`` is +Inf."""
    return bisect_left(BUCKETS, seconds)


@dataclass(slots=True)
class Tally:
    """Counts of one kind of ending that never fall.

    A run's ending may be corrected (an ABORT by silence that turns out COMPLETE). A counter that falls reads
    as a restart to Prometheus, so what is shown is the highest true value so far; the next ending evens it.
    """

    true: list[float]
    shown: list[float]

    @classmethod
    def zero(cls) -> Tally:
        """A tally of nothing. Its numbers are: runs, seconds, then the cumulative buckets."""
        size = 2 + len(BUCKETS) + 1
        return cls([0.0] * size, [0.0] * size)

    def add(self, seconds: float | None, sign: int) -> None:
        """Count an ending (``sign`` 1) or take it back (-1)."""
        self.true[0] += sign
        if seconds is not None:
            self.true[1] += sign * seconds
            first = 2 + bucket(seconds)
            self.true[first:] = [count + sign for count in self.true[first:]]

    def settle(self) -> None:
        """Let what is shown follow what is true, upwards; called once all changes of a transaction are in."""
        self.shown = [t if t > s else s for t, s in zip(self.true, self.shown, strict=True)]

    def outcome(self, pipeline: str, outcome: RunState) -> Outcome:
        """What is shown."""
        runs, seconds, *buckets = self.shown
        return Outcome(pipeline, outcome, int(runs), seconds, tuple(map(int, buckets)))

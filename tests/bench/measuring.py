"""How a bench measures: rounds in turn, medians, ours beside the peer in one process."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

ROUNDS = 5


@dataclass(frozen=True)
class Comparison:
    """One line of the report: what was measured, ours and the peer's figure, and the aim for the ratio.

    `gain` says what the ratio means: how many times "less" ours is (peer / ours), or "more" (ours / peer).
    """

    what: str
    ours: float
    peer: float
    unit: str
    peer_name: str
    aim: str = ""
    met: bool | None = None
    gain: Literal["less", "more"] = "less"

    @property
    def ratio(self) -> float:
        """Ours against the peer's."""
        above, below = (self.ours, self.peer) if self.gain == "more" else (self.peer, self.ours)
        return above / below if below else float("inf")

    def __str__(self) -> str:
        verdict = {True: "met", False: "MISSED", None: ""}[self.met]
        aim = f"  aim {self.aim}: {verdict}" if self.aim else ""
        figures = f"ours {_figure(self.ours)} {self.unit}, {self.peer_name} {_figure(self.peer)} {self.unit}"
        return f"{_figure(self.ratio):>10}x  {self.what}: {figures}{aim}"


def seconds(act: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds that one call takes, without the garbage collector's.

    With `clock=time.process_time` they are the processor's, which other programs hardly change:
    right for what never waits.
    """
    gc.collect()
    gc.disable()
    try:
        started = clock()
        act()
        return clock() - started
    finally:
        gc.enable()


def medians(
    ours: Callable[[], object],
    peer: Callable[[], object],
    rounds: int = ROUNDS,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[float, float]:
    """Median seconds of each by `clock`, measured in turn after one round that does not count."""
    ours(), peer()
    pairs = [(seconds(ours, clock), seconds(peer, clock)) for _ in range(rounds)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def percentile(values: list[float], share: float) -> float:
    """The value that `share` (0 to 1) of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"

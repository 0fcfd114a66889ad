"""The critical path method over activities that wait for one another.

Source: Kelley and Walker, Critical-Path Planning and Scheduling, 1959.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Timing:
    """When an activity may start and end, in seconds from the start of the first one.

    ``slack`` is how much longer it could take before the end of everything moves; 0 is critical.
    """

    early_start: float
    early_finish: float
    late_start: float
    late_finish: float

    @property
    def slack(self) -> float:
        """Seconds that this activity could be late."""
        # Sums in another order differ in their last digits.
        return max(0.0, round(self.late_start - self.early_start, 6))


def cpm(durations: Mapping[T, float], waits: Iterable[tuple[T, T]]) -> dict[T, Timing]:
    """The timing of each activity; ``waits`` are (before, after) pairs.

    Raises ``graphlib.CycleError`` when activities wait for one another in a circle. O(activities + waits).
    """
    before: dict[T, list[T]] = {activity: [] for activity in durations}
    after: dict[T, list[T]] = defaultdict(list)
    for first, second in waits:
        before[second].append(first)
        after[first].append(second)
    order = list(TopologicalSorter(before).static_order())
    finish: dict[T, float] = {}
    for activity in order:
        finish[activity] = max((finish[p] for p in before[activity]), default=0.0) + durations[activity]
    end = max(finish.values(), default=0.0)
    latest: dict[T, float] = {}
    for activity in reversed(order):
        latest[activity] = min((latest[a] - durations[a] for a in after[activity]), default=end)
    return {
        each: Timing(finish[each] - took, finish[each], latest[each] - took, latest[each])
        for each, took in durations.items()
    }


def critical_chain(timings: Mapping[T, Timing], waits: Iterable[tuple[T, T]], last: T) -> list[T]:
    """The activities from the first to ``last`` in which each one's end lets the next one start."""
    before: dict[T, list[T]] = defaultdict(list)
    for first, second in waits:
        before[second].append(first)
    chain = [last]
    while before[chain[-1]]:
        chain.append(max(before[chain[-1]], key=lambda each: timings[each].early_finish))
    return chain[::-1]

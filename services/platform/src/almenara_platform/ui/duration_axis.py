"""Axes of durations: one unit for all their labels, chosen by the longest, in steps that people count in."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

# A unit, its seconds, the least length in it for which it is chosen, and its steps.
_UNITS: tuple[tuple[str, float, float, tuple[float, ...]], ...] = (
    ("d", 86400, 2, (0.5, 1, 2, 5, 7, 14, 28)),
    ("h", 3600, 2, (0.5, 1, 2, 3, 6, 12)),
    ("min", 60, 2, (0.5, 1, 2, 5, 10, 15, 30)),
    ("s", 1, 1, (0.5, 1, 2, 5, 10, 15, 30)),
    ("ms", 0.001, 1, (0.5, 1, 2, 5, 10, 20, 50, 100, 200)),
    ("µs", 0.000001, 0, (0.5, 1, 2, 5, 10, 20, 50, 100, 200)),
)
_MOST_STEPS = 5


class DurationAxis(NamedTuple):
    """Seconds between two labels and at the axis' end, and with what the browser writes a label."""

    interval: float
    most: float
    label: str


def duration_axis(longest: float) -> DurationAxis:
    """The axis for durations of at most ``longest`` seconds; it ends at a label."""
    name, seconds, steps = _unit(longest or 1.0)
    step = _step(longest / seconds, steps)
    count = max(1, ceil(round(longest / seconds / step, 6)))
    label = f"(value) => almenara.inUnit(value, {seconds!r}, '{name}')"
    return DurationAxis(step * seconds, count * step * seconds, label)


def _unit(longest: float) -> tuple[str, float, tuple[float, ...]]:
    return next(
        (name, seconds, steps) for name, seconds, least, steps in _UNITS if longest >= least * seconds
    )


def _step(length: float, steps: tuple[float, ...]) -> float:
    """The least step of which five reach ``length``; beyond the unit's own they double."""
    step = next((one for one in steps if one * _MOST_STEPS >= length), steps[-1])
    while step * _MOST_STEPS < length:
        step *= 2
    return step

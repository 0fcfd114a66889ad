"""Axes of durations."""

from __future__ import annotations

import re

import pytest

from almenara_platform.ui.duration_axis import duration_axis


@pytest.mark.parametrize(
    ("longest", "unit", "labels"),
    [
        (0.0, "s", [0.5]),
        (0.00004, "µs", [10, 20, 30, 40]),
        (0.12, "ms", [50, 100, 150]),
        (1.2, "s", [0.5, 1, 1.5]),
        (46.0, "s", [10, 20, 30, 40, 50]),
        (100.0, "s", [30, 60, 90, 120]),
        (402.0, "min", [2, 4, 6, 8]),
        (7000.0, "min", [30, 60, 90, 120]),
        (4 * 3600.0, "h", [1, 2, 3, 4]),
        (3 * 86400.0, "d", [1, 2, 3]),
        (400 * 86400.0, "d", [112, 224, 336, 448]),
    ],
)
def test_an_axis_has_one_unit_and_at_most_five_round_steps(
    longest: float, unit: str, labels: list[float]
) -> None:
    """The unit is that of the longest duration, and the last label is at or beyond it."""
    axis = duration_axis(longest)
    written = re.search(r"inUnit\(value, ([\d.e-]+), '(.+)'\)", axis.label)
    assert written is not None
    assert written[2] == unit
    seconds, count = float(written[1]), round(axis.most / axis.interval)
    assert [round(axis.interval * number / seconds, 6) for number in range(1, count + 1)] == labels

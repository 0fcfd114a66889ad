"""The critical path method."""

from __future__ import annotations

from graphlib import CycleError

import pytest

from almenara_platform.lineage.cpm import cpm, critical_chain

DURATIONS = {"a": 3.0, "b": 4.0, "c": 2.0, "d": 5.0, "e": 1.0}
WAITS = [("a", "c"), ("b", "d"), ("c", "e"), ("d", "e")]


def test_slack_of_a_known_network() -> None:
    """Times of a small network, worked out by hand."""
    found = cpm(DURATIONS, WAITS)
    assert {name: (t.early_start, t.late_start, t.slack) for name, t in found.items()} == {
        "a": (0, 4, 4),
        "b": (0, 0, 0),
        "c": (3, 7, 4),
        "d": (4, 4, 0),
        "e": (9, 9, 0),
    }
    assert critical_chain(found, WAITS, "e") == ["b", "d", "e"]


def test_longest_activity_need_not_be_critical() -> None:
    """Neither the longest activity nor the sum of all decides, but the longest chain of waits."""
    found = cpm({"long": 10.0, "x": 6.0, "y": 6.0}, [("x", "y")])
    assert [name for name, t in found.items() if t.slack == 0] == ["x", "y"]
    assert found["long"].slack == 2


def test_circle_is_refused() -> None:
    """Activities that wait for one another have no times."""
    with pytest.raises(CycleError):
        cpm({"a": 1.0, "b": 1.0}, [("a", "b"), ("b", "a")])

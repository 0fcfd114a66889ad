"""How an error budget went."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.platform.events import NOON
from tests.platform.slo.histories import Past, stored
from tests.platform.slo.test_exact import KINDS, slo

from almenara_platform.slo.budget import Point, burn_down
from almenara_platform.slo.from_runs import RunRecordSource
from almenara_platform.slo.measured import Pieces
from almenara_platform.slo.report.chart import burn_down_mermaid, burn_down_svg

YOUNG = [Past(24 * 20), Past(24 * 21), Past(24 * 22, outcome="FAIL", minutes=60, score=50)]
END = NOON + timedelta(days=30)
FIRST = NOON + timedelta(days=20, minutes=10)


@pytest.mark.parametrize("name", KINDS)
def test_a_budget_begins_with_what_is_known(name: str) -> None:
    """Before the first run nothing was measured, so no budget was left then, nor gone."""
    measured = RunRecordSource(stored(YOUNG)).measured(slo(name), NOON, END)
    points = burn_down(measured, 0.01, END)
    assert points[0] == Point(FIRST, 1)
    assert (points[-1].at, points[-1].remaining) == (END, pytest.approx(1 - measured.error_ratio / 0.01))
    assert points[-1].remaining < 0


def test_what_is_not_known_has_no_budget() -> None:
    """There is nothing to draw."""
    assert burn_down(Pieces(()), 0.01, END) == []


def test_charts_of_a_review_begin_there_too() -> None:
    """The days before are on the axis of the picture and are left out of Mermaid's, which has no gaps."""
    points = [Point(FIRST, 1), Point(END, 0.4)]
    mermaid = burn_down_mermaid("budget", points, NOON, END)
    assert 'x-axis "day" 20.0 --> 30.0' in mermaid
    assert "line [100.0, 98.0, 96.0," in mermaid
    assert 'points="496.1,12.0 712.0,120.0"' in burn_down_svg("budget", points, NOON, END)

"""Objectives and alerts in words and as a chart."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.platform.events import NOON, at

from almenara_platform.alerts.model import Alert, Reach
from almenara_platform.slo.budget import Point
from almenara_platform.ui.budget_charts import burn_down
from almenara_platform.ui.pages.alerts import in_words, reached
from almenara_platform.ui.pages.slos import measured_over, share


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        (1.0, 0, "100 %"),
        (-24.0, 0, "-2400 %"),
        (0.1, 0, "10 %"),
        (0.0, 0, "0 %"),
        (25.0, 1, "2500 %"),
        (0.9995, 3, "99.95 %"),
        (1.0, 3, "100 %"),
    ],
)
def test_a_share_keeps_the_zeros_that_count(value: float, places: int, shown: str) -> None:
    """Only zeros behind the point are left out."""
    assert share(value, places) == shown


@pytest.mark.parametrize(("left", "both"), [(-2.0, True), (-24.0, False)])
def test_labels_of_a_chart_do_not_stand_on_one_another(left: float, both: bool) -> None:
    """Where a budget is far overspent, 0 % and 100 % are one place, and one label is left out."""
    points = [Point(NOON, 1.0), Point(NOON + timedelta(days=1), left)]
    assert burn_down(points)["yAxis"]["axisLabel"]["showMaxLabel"] is both


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0.5, "over the last 30d"),
        (20, "over the last 30d; nothing was measured before 2026-03-21 12:00:00 UTC"),
    ],
)
def test_a_chart_that_begins_late_says_so(days: float, words: str) -> None:
    """A young installation has no past of which a budget could have been left."""
    assert measured_over("30d", NOON, NOON + timedelta(days=days)) == words


@pytest.mark.parametrize(("known", "words"), [(False, "every pipeline"), (True, "")])
def test_an_alert_without_lineage_says_itself_whom_it_affects(known: bool, words: str) -> None:
    """Its annotation stands in; where lineage is known the lineage counts."""
    annotations = {"blast_radius": "every pipeline "}
    alert = Alert("f", at(0), None, at(0), {}, annotations, Reach(known=known))
    assert in_words(alert) == words


def test_what_an_alert_reaches_stands_in_its_number() -> None:
    """One dataset is one dataset."""
    alert = Alert("f", at(0), None, at(0), {}, {}, Reach(datasets=("shop/daily",), known=True))
    assert reached(alert) == {"text": "1 dataset, 0 pipelines", "sub": ""}

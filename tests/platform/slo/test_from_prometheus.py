"""Objectives that only Prometheus can measure: their history hour by hour, and when it does not answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.platform.events import NOON

from almenara_platform.exceptions import BadRequest, StoreUnavailable
from almenara_platform.promql.none import NoPrometheus
from almenara_platform.promql.port import PrometheusApi, Sample, Series
from almenara_platform.slo.from_prometheus import PrometheusSource
from almenara_platform.slo.from_runs import RunRecordSource
from almenara_platform.slo.model import Origin, Slo
from almenara_platform.slo.pipelines import NO_PIPELINES
from almenara_platform.slo.report.markdown import render
from almenara_platform.slo.report.review import review
from almenara_platform.slo.sli import EventRatio, RawQuery, RunRatio, Sli
from almenara_platform.slo.status import Objectives
from almenara_platform.store.memory import MemoryLineageStore

EVENTS = EventRatio("bad[{{.window}}]", "total[{{.window}}]")
RAW = RawQuery("ratio[{{.window}}]")
HOUR = timedelta(hours=1)


class Hours:
    """A Prometheus that knows the values of queries at the hours before noon, the last one at noon."""

    def __init__(self, **values: list[float | None]) -> None:
        self._values = {f"{name}[1h]": given for name, given in values.items()}

    def missing(self) -> str:
        """It is there."""
        return ""

    def instant(self, query: str, at: datetime) -> Sequence[Sample]:
        """Recorded ratios of a stream that is within its budget."""
        return [Sample({"slo_window": window}, 0.0005) for window in ("1h", "1d", "30d")]

    def range(self, query: str, since: datetime, until: datetime, step_seconds: float) -> Sequence[Series]:
        """The known values at the steps that were asked for."""
        known = list(reversed(self._values[query]))
        steps = round((until - since).total_seconds() / step_seconds)
        points = []
        for step in range(steps + 1):
            at = since + timedelta(seconds=step * step_seconds)
            before_noon = round((NOON - at) / HOUR)
            if before_noon < len(known) and (value := known[before_noon]) is not None:
                points.append((at.timestamp(), value))
        return [Series({}, points)] if points else []


class Failing(Hours):
    """A Prometheus that answers every question with an error."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def instant(self, query: str, at: datetime) -> Sequence[Sample]:
        """The error."""
        raise self._error

    def range(self, query: str, since: datetime, until: datetime, step_seconds: float) -> Sequence[Series]:
        """The error."""
        raise self._error


def slo(sli: Sli, name: str = "errors") -> Slo:
    """An objective of 99.9 %."""
    return Slo("stream", name, 99.9, sli, Origin(Path("test.yaml"), 1), team="t")


def objectives(prometheus: PrometheusApi, *slos: Slo) -> Objectives:
    """The objectives at noon, over run records of which there are none."""
    runs = RunRecordSource(MemoryLineageStore())
    return Objectives(slos, NO_PIPELINES, runs, PrometheusSource(prometheus), lambda: NOON)


def test_events_are_counted_hour_by_hour() -> None:
    """An hour has its rate times 3600 events; one without traffic or value has none."""
    prometheus = Hours(total=[None, 10, 0, math.nan, 10], bad=[None, None, 0, math.nan, 0.02])
    measured = PrometheusSource(prometheus).measured(slo(EVENTS), NOON - 5 * HOUR, NOON)
    assert measured.total == pytest.approx(72_000)
    assert measured.bad == pytest.approx(72)
    assert [(piece.since, piece.at) for piece in measured.pieces if piece.bad] == [(NOON - HOUR, NOON)]


def test_what_fails_before_it_is_counted_is_all_there_was() -> None:
    """An hour of nothing but failures is bad as a whole, also where nothing else was ever counted."""
    prometheus = Hours(total=[None, 0, 0.1], bad=[0.5, 0.5, 0.5])
    measured = PrometheusSource(prometheus).measured(slo(EVENTS), NOON - 3 * HOUR, NOON)
    assert (measured.total, measured.bad) == (5400, 5400)


def test_a_raw_ratio_is_a_share_of_each_hour() -> None:
    """Seconds count, and a ratio over one is one."""
    measured = PrometheusSource(Hours(ratio=[0.25, None, 2])).measured(slo(RAW), NOON - 3 * HOUR, NOON)
    assert (measured.total, measured.bad) == (7200, 900 + 3600)


@pytest.mark.parametrize("minutes", [59, 90])
def test_only_whole_hours_are_asked_for(minutes: int) -> None:
    """The last one ends at the end; a stretch under an hour has none."""
    prometheus = Hours(total=[1, 1, 1], bad=[0, 0, 0])
    measured = PrometheusSource(prometheus).measured(slo(EVENTS), NOON - timedelta(minutes=minutes), NOON)
    assert [piece.at for piece in measured.pieces] == ([] if minutes < 60 else [NOON])


def test_without_prometheus_nothing_is_measured() -> None:
    """The status says why."""
    found = objectives(NoPrometheus(), slo(EVENTS))
    assert not found.detail("stream-errors").measured.known
    assert "ALMENARA_PROMETHEUS_URL" in found.all()[0].note


def test_the_budget_of_a_stream_burns_down() -> None:
    """36 of 72,000 bad events are half of a budget of 0.1 %, and the hour that took it is named."""
    prometheus = Hours(total=[10, 10], bad=[0, 0.01])
    detail = objectives(prometheus, slo(EVENTS)).detail("stream-errors", NOON - 2 * HOUR, NOON)
    assert detail.burn_down[-1].remaining == pytest.approx(0.5)
    assert [(cost.at, round(cost.share, 6)) for cost in detail.costs] == [(NOON - HOUR, 0.5)]


def test_the_review_tells_of_a_stream() -> None:
    """Its share of bad events, its chart and the hours that cost most."""
    found = objectives(Hours(total=[10, 10], bad=[0, 0.01]), slo(EVENTS))
    text = render(review(found, f"{NOON:%Y-%m}", NOON), "http://console")
    for words in ("stream-errors: kept", "0.05 % was bad.", "xychart-beta", "the errors of this hour"):
        assert words in text


@pytest.mark.parametrize(
    "error", [StoreUnavailable("Prometheus does not answer."), BadRequest("refuses the query", "query")]
)
def test_others_are_told_while_prometheus_fails(error: Exception) -> None:
    """What is counted from run records needs no Prometheus, and what does says why it is unknown."""
    found = objectives(Failing(error), slo(EVENTS), slo(RunRatio(), "runs"))
    assert [status.note for status in found.all()] == [str(error), "nothing was measured in the last 30d"]
    assert not found.detail("stream-errors").measured.known


@pytest.mark.parametrize("ask", [Objectives.all, lambda found: found.detail("stream-runs")])
def test_a_store_of_runs_that_is_away_is_no_empty_history(
    ask: Callable[[Objectives], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asking again later may help, so it is not told as nothing measured."""

    def runs(*_: object) -> None:
        raise StoreUnavailable("locked")

    store = MemoryLineageStore()
    monkeypatch.setattr(store, "runs", runs)
    sources = RunRecordSource(store), PrometheusSource(NoPrometheus())
    with pytest.raises(StoreUnavailable, match="locked"):
        ask(Objectives([slo(RunRatio(), "runs")], NO_PIPELINES, *sources, lambda: NOON))

"""Every query of every dashboard against the real Prometheus, Loki, Jaeger and PostgreSQL."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.platform.dashboards import reading
from tests.platform.dashboards.reading import Asked
from tests.stack.grafana.conftest import History, until
from tests.stack.grafana.variables import chosen

from almenara_platform.dashboards import identity

pytestmark = [pytest.mark.docker, pytest.mark.stack]

WEEK = "a week's history of the pipeline's record volume is three days away on a fresh stack"
QUIET = "no alert of these fires on a healthy stack"
UNFORWARDED = "no destination is set, so that there is no outbox, where Marquez has no image"
NO_IMAGE = "there is no image of the component on every machine"
EMPTY = {
    r"almenara-quality: Records of a run against the week before B": WEEK,
    r"almenara-quality: Share of the usual records A": WEEK,
    r"almenara-(lineage|platform): annotation Alerts": QUIET,
    r"almenara-slos: (Alerts A|annotation Alerts)": QUIET,
    r"almenara-lineage: (Outbox [AB]|Lag by destination A)": UNFORWARDED,
    r"almenara-platform: Memory against limit [FJ]": NO_IMAGE,
    r"almenara-lineage: Marquez A": NO_IMAGE,
    r"almenara-(lineage|run): variable marquez": NO_IMAGE,
}
"""Queries that may be empty, and why; every other must have an answer."""


def reason(asked: object) -> str:
    """Why a query may be empty, or nothing."""
    return next((why for pattern, why in EMPTY.items() if re.fullmatch(pattern, str(asked))), "")


def values_of(board: dict[str, Any], history: History, run_id: str, several: bool = False) -> dict[str, Any]:
    """The dashboard's variables, once each has a value that must have one."""
    names = [variable["name"] for variable in board["templating"]["list"]]
    needed = [name for name in names if not reason(f"{board['uid']}: variable {name}")]

    def look() -> dict[str, Any]:
        values = chosen(board, history.backends, run_id, several)
        return values if all(values[name] for name in needed) else {}

    values = until(look, history.settled_by)
    assert values, "a variable has no value"
    return values


def answers(asked: Asked, values: dict[str, Any], history: History) -> list[list[Any]]:
    """The answers, one for each value of the variable that repeats the panel; waits until none is empty."""
    each = values[asked.each] if asked.each else [None]
    choices = [{**values, asked.each: value} if asked.each else values for value in each]
    patience = 0.0 if reason(asked) else history.settled_by
    return [until(lambda now=now: history.backends.ask(asked, now), patience) for now in choices]


def nothing(found: list[Any]) -> bool:
    """Whether a panel would be empty: no answer, or no number in any series."""
    numbers = [sample[1] for series in found for sample in _samples(series)]
    return not found or (bool(numbers) and all(number == "NaN" for number in numbers))


def _samples(series: Any) -> list[Any]:
    if not isinstance(series, dict) or "metric" not in series:
        return []
    return series.get("values") or [series["value"]]


@pytest.mark.parametrize("several", [False, True], ids=["all", "several"])
@pytest.mark.parametrize("board", reading.boards(), ids=lambda board: board["uid"])
def test_every_query_is_answered(board: dict[str, Any], several: bool, history: History) -> None:
    """After a run that completed and one that failed no query has an error, and none is empty unawares."""
    values = values_of(board, history, history.complete["run_id"], several)
    empty = [
        str(asked)
        for asked in reading.queries(board)
        if any(map(nothing, answers(asked, values, history))) and not reason(asked)
    ]
    assert empty == []


def test_the_run_dashboard_shows_a_failed_run(history: History) -> None:
    """Its state, its error and the stage that failed are there, and so are its log lines."""
    board = reading.board(reading.ROOT / "grafana/dashboards/almenara-run.json")
    values = values_of(board, history, history.failed["run_id"])
    asked = {found.place: found for found in reading.queries(board)}
    found = {
        place: history.backends.ask(asked[place], values) for place in ("State A", "Error A", "Stages A")
    }
    assert found["State A"] == [{"state": "FAIL"}]
    assert found["Error A"][0]["coalesce"] not in ("", "none")
    assert {row["stage"]: row["state"] for row in found["Stages A"]}["transform"] == "FAIL"
    assert until(lambda: history.backends.ask(asked["Log lines A"], values), history.settled_by)


def test_exemplars_of_charts_are_traces_that_jaeger_has(history: History) -> None:
    """Where a chart asks for exemplars, at least one of them leads to a trace that was kept."""
    charts = [asked for asked in reading.every_query() if asked.exemplars]
    assert {asked.board for asked in charts} == {identity.PIPELINES, identity.RUN, identity.SERVICES}
    runs = {history.complete["trace_id"], history.failed["trace_id"]}
    for asked in charts:
        (board,) = [board for board in reading.boards() if board["uid"] == asked.board]
        values = values_of(board, history, history.complete["run_id"])
        assert until(
            lambda asked=asked, values=values: traces(asked, values, history) & runs, history.settled_by
        ), str(asked)


def traces(asked: Asked, values: dict[str, Any], history: History) -> set[str]:
    """The traces that the exemplars of a chart lead to."""
    text = reading.interpolate(asked.text, {**values, **history.backends.times()})
    return {exemplar["labels"]["trace_id"] for exemplar in history.backends.exemplars(text)}


def test_what_may_be_empty_is_still_a_query() -> None:
    """A reason without its query would hide the next one of that name."""
    every = [str(asked) for asked in reading.every_query()]
    for pattern in EMPTY:
        assert any(re.fullmatch(pattern, name) for name in every), pattern

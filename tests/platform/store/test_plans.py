"""No list, sweep or look-up reads the whole table of runs: seen in SQLite's own plans."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from tests.platform.events import NOON, RUN_ID, heartbeat, whole_run

from almenara_platform import cursor as cursors
from almenara_platform.runs.model import RunState
from almenara_platform.store.port import RunQuery
from almenara_platform.store.sql import SqlLineageStore
from almenara_platform.store.sqlite import sqlite_engine, sqlite_lineage_store

Started = tuple[SqlLineageStore, Callable[[], list[str]]]


@pytest.fixture
def statements(tmp_path: Path) -> Iterator[Started]:
    """A store with a pipeline of two namespaces, and the plans of what was asked of it since."""
    store = sqlite_lineage_store(tmp_path / "lineage.db")
    store.apply([*whole_run(), heartbeat(5, run_id="0" * 8 + RUN_ID[8:])], NOON)
    store.apply(whole_run("1" * 8 + RUN_ID[8:], namespace="other"), NOON)
    store.apply(whole_run("2" * 8 + RUN_ID[8:], pipeline="lonely"), NOON)
    asked: list[tuple[str, Any]] = []

    def remember(_: object, __: object, statement: str, values: Any, *___: object) -> None:
        asked.append((statement, values))

    event.listen(store.database.engine, "before_cursor_execute", remember)

    def plans() -> list[str]:
        with sqlite_engine(tmp_path / "lineage.db").connect() as connection:
            driver = connection.connection.cursor()
            reading = [(s, v) for s, v in asked if s.startswith("SELECT")]
            return [row[3] for s, v in reading for row in driver.execute(f"EXPLAIN QUERY PLAN {s}", v)]

    yield store, plans
    store.close()


QUERIES: dict[str, Callable[[SqlLineageStore], object]] = {
    "all": lambda store: store.runs(RunQuery()),
    "pipeline": lambda store: store.runs(RunQuery(pipeline="lonely")),
    "pipeline of two namespaces": lambda store: store.runs(RunQuery(pipeline="ventas_etl")),
    "namespace": lambda store: store.runs(RunQuery(namespace="x")),
    "job": lambda store: store.runs(RunQuery(pipeline="x", namespace="y")),
    "state": lambda store: store.runs(RunQuery(state=RunState.FAIL)),
    "the usual state": lambda store: store.runs(RunQuery(state=RunState.COMPLETE)),
    "pipeline and state": lambda store: store.runs(RunQuery(pipeline="lonely", state=RunState.FAIL)),
    "namespace and state": lambda store: store.runs(RunQuery(namespace="x", state=RunState.FAIL)),
    "time": lambda store: store.runs(RunQuery(since=NOON, until=NOON)),
    "page": lambda store: store.runs(RunQuery(cursor=cursors.encode(0, ""))),
    "pipelines": lambda store: store.pipelines(),
    "run": lambda store: store.run("unknown"),
    "events": lambda store: store.events(RUN_ID),
    "silent": lambda store: store.silent_runs(NOON, NOON),
    "outcomes": lambda store: store.outcomes(),
}


@pytest.mark.parametrize("name", QUERIES)
def test_runs_are_reached_by_an_index(statements: Started, name: str) -> None:
    """With 100,000 runs an answer costs what it shows, not what there is."""
    store, plans = statements
    QUERIES[name](store)
    found = plans()
    assert found
    scans = [plan for plan in found if plan.startswith(("SCAN runs", "SCAN events"))]
    assert [plan for plan in scans if "INDEX" not in plan] == []


@pytest.mark.parametrize("name", [name for name in QUERIES if name not in ("pipelines", "run")])
def test_pages_are_not_sorted(statements: Started, name: str) -> None:
    """The order of a page is that of an index, so its first row costs nothing more than itself."""
    store, plans = statements
    QUERIES[name](store)
    assert [plan for plan in plans() if "TEMP B-TREE" in plan] == []


ANY, JOB = (
    "SCAN runs USING INDEX runs_listed",
    "SEARCH runs USING INDEX runs_of_job (pipeline=? AND namespace=?",
)
STATE = "SEARCH runs USING INDEX runs_of_state (state=?"
FAIL, COMPLETE = RunState.FAIL, RunState.COMPLETE
PAGE = cursors.encode(0, "")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (RunQuery(), [ANY]),
        (RunQuery(namespace="y"), [ANY]),
        (RunQuery(state=COMPLETE), [ANY]),
        (RunQuery(namespace="y", state=COMPLETE), [ANY]),
        (
            RunQuery(since=NOON, until=NOON),
            ["SEARCH runs USING INDEX runs_listed (listed_at>? AND listed_at<?)"],
        ),
        (RunQuery(cursor=PAGE), ["SEARCH runs USING INDEX runs_listed ((listed_at,run_id)<(?,?))"]),
        (RunQuery(pipeline="lonely"), [f"{JOB})"]),
        (RunQuery(pipeline="ventas_etl"), [f"{JOB})"] * 2),
        (RunQuery(pipeline="ventas_etl", state=FAIL), [f"{JOB})"] * 2),
        (RunQuery(pipeline="lonely", state=COMPLETE), [f"{JOB})"]),
        (RunQuery(pipeline="lonely", since=NOON), [f"{JOB} AND listed_at>?)"]),
        (RunQuery(pipeline="lonely", state=COMPLETE, until=NOON), [f"{JOB} AND listed_at<?)"]),
        (RunQuery(pipeline="lonely", cursor=PAGE), [f"{JOB} AND (listed_at,run_id)<(?,?))"]),
        (RunQuery(pipeline="x", namespace="y"), [f"{JOB})"]),
        (RunQuery(pipeline="x", namespace="y", state=FAIL), [f"{JOB})"]),
        (RunQuery(state=FAIL), [f"{STATE})"]),
        (RunQuery(state=RunState.QUEUED, since=NOON), [f"{STATE} AND listed_at>?)"]),
        (RunQuery(namespace="y", state=FAIL, cursor=PAGE), [f"{STATE} AND (listed_at,run_id)<(?,?))"]),
        (RunQuery(since=NOON, run_ids=["x"]), ["SEARCH runs USING INDEX sqlite_autoindex_runs_1 (run_id=?)"]),
    ],
)
def test_each_question_has_its_index(statements: Started, query: RunQuery, expected: list[str]) -> None:
    """The plan of a page names the index made for it, and how far that narrows it down."""
    store, plans = statements
    store.runs(query)
    assert [plan for plan in plans() if " runs " in plan] == expected


def test_sweeps_have_their_indexes(statements: Started) -> None:
    """What is old, silent or known by its emitter's id is found by small indexes."""
    store, plans = statements
    store.changes()
    store.silent_runs(NOON, NOON)
    store.run("unknown")
    store.forget(NOON)
    found = " ".join(plans())
    for index in ("runs_aged", "runs_awaited", "runs_by_original_id"):
        assert f" INDEX {index}" in found

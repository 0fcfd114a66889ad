"""No list, sweep or look-up reads the whole table of runs: seen in SQLite's own plans."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from tests.platform.events import NOON, RUN_ID, heartbeat, whole_run

from almenara_platform.runs.model import RunState
from almenara_platform.store.port import RunQuery
from almenara_platform.store.sql import SqlLineageStore
from almenara_platform.store.sqlite import sqlite_engine, sqlite_lineage_store


@pytest.fixture
def statements(tmp_path: Path) -> Iterator[tuple[SqlLineageStore, Callable[[], list[str]]]]:
    """A store with a run, and the plans of what was asked of it since."""
    store = sqlite_lineage_store(tmp_path / "lineage.db")
    store.apply([*whole_run(), heartbeat(5, run_id="0" * 8 + RUN_ID[8:])], NOON)
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
    "pipeline": lambda store: store.runs(RunQuery(pipeline="x")),
    "namespace": lambda store: store.runs(RunQuery(namespace="x")),
    "state": lambda store: store.runs(RunQuery(state=RunState.FAIL)),
    "pipeline and state": lambda store: store.runs(RunQuery(pipeline="x", state=RunState.FAIL)),
    "time": lambda store: store.runs(RunQuery(since=NOON, until=NOON)),
    "pipelines": lambda store: store.pipelines(),
    "run": lambda store: store.run("unknown"),
    "events": lambda store: store.events(RUN_ID),
    "silent": lambda store: store.silent_runs(NOON, NOON),
    "outcomes": lambda store: store.outcomes(),
}


@pytest.mark.parametrize("name", QUERIES)
def test_runs_are_reached_by_an_index(
    statements: tuple[SqlLineageStore, Callable[[], list[str]]], name: str
) -> None:
    """With 100,000 runs an answer costs what it shows, not what there is."""
    store, plans = statements
    QUERIES[name](store)
    found = plans()
    assert found
    scans = [plan for plan in found if plan.startswith(("SCAN runs", "SCAN events"))]
    assert [plan for plan in scans if "INDEX" not in plan] == []


@pytest.mark.parametrize("name", [name for name in QUERIES if name not in ("pipelines", "run")])
def test_pages_are_not_sorted(statements: tuple[SqlLineageStore, Callable[[], list[str]]], name: str) -> None:
    """The order of a page is that of an index, so its first row costs nothing more than itself."""
    store, plans = statements
    QUERIES[name](store)
    assert [plan for plan in plans() if "TEMP B-TREE" in plan] == []


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("pipeline = 'x'", "runs_of_pipeline"),
        ("pipeline = 'x' AND namespace = 'y'", "runs_of_job"),
        ("namespace = 'y'", "runs_of_namespace"),
        ("pipeline = 'x' AND state = 'FAIL'", "runs_of_pipeline_and_state"),
    ],
)
def test_each_filter_has_its_index(tmp_path: Path, condition: str, index: str) -> None:
    """The plan of a filtered page names the index made for it."""
    store = sqlite_lineage_store(tmp_path / "lineage.db")
    page = f"SELECT document FROM runs WHERE {condition} ORDER BY listed_at DESC, run_id DESC"
    with store.database.engine.connect() as connection:
        (plan,) = [row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {page}"))]
    store.close()
    assert plan.split("(")[0].split() == ["SEARCH", "runs", "USING", "INDEX", index]

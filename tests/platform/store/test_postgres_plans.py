"""PostgreSQL finds the runs of a page by their indexes too: seen in its plans for a filled table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event
from tests.contract.postgres import database, server
from tests.platform.events import NOON, at

from almenara_platform import cursor as cursors
from almenara_platform.clock import to_micros
from almenara_platform.runs.model import RunState
from almenara_platform.store import run_list
from almenara_platform.store.port import RunQuery
from almenara_platform.store.postgres import postgres_lineage_store
from almenara_platform.store.sql import SqlLineageStore

pytestmark = pytest.mark.docker

# A run a second of 40 pipelines, each tenth failed; two of the pipelines share a name, and one namespace has
# few runs.
BEGIN = to_micros(NOON)
FILL = (
    f"""INSERT INTO runs (run_id, namespace, pipeline, state, listed_at, aged_at, heard_at, document, fold)
    SELECT lpad(to_hex(number), 32, '0'),
        CASE WHEN mod(number, 40) = 7 THEN 'other' WHEN mod(number, 1000) = 11 THEN 'rare' ELSE 'retail' END,
        CASE WHEN mod(number, 40) = 7 THEN 'pipeline_8' ELSE 'pipeline_' || mod(number, 40) END,
        CASE WHEN mod(number, 100) = 13 THEN 'FAIL' ELSE 'COMPLETE' END,
        {BEGIN} + number * bigint '1000000', {BEGIN}, {BEGIN}, repeat('x', 1000)::bytea, ''
    FROM generate_series(1, 20000) AS number""",
    """INSERT INTO jobs (namespace, name, runs_total)
    SELECT namespace, pipeline, count(*) FROM runs GROUP BY namespace, pipeline""",
    "ANALYZE",
)
FAIL, COMPLETE = RunState.FAIL, RunState.COMPLETE


@pytest.fixture(scope="module")
def filled() -> Iterator[SqlLineageStore]:
    """A store with 20,000 runs, of which PostgreSQL knows what they are like."""
    with server() as address:
        store = postgres_lineage_store(database(address))
        with store.database.writing() as connection:
            for statement in FILL:
                connection.exec_driver_sql(statement)
        yield store
        store.close()


@pytest.fixture
def plan(filled: SqlLineageStore) -> Iterator[Callable[[RunQuery], str]]:
    """How PostgreSQL finds the runs of a page."""
    asked: list[tuple[str, Any]] = []

    def remember(_: object, __: object, statement: str, values: Any, *___: object) -> None:
        asked.append((statement, values))

    def explain(query: RunQuery) -> str:
        with filled.database.reading() as connection:
            run_list.newest(connection, query)
            of_runs = [each for each in asked if "FROM runs" in each[0]]
            plans = [connection.exec_driver_sql(f"EXPLAIN {s}", values).scalars() for s, values in of_runs]
            return "\n".join(line for plan in plans for line in plan)

    event.listen(filled.database.engine, "before_cursor_execute", remember)
    yield explain
    event.remove(filled.database.engine, "before_cursor_execute", remember)


QUESTIONS = {
    "all": (RunQuery(), ["runs_listed"]),
    "time": (RunQuery(since=at(10_000), until=at(10_100)), ["runs_listed"]),
    "page": (RunQuery(cursor=cursors.encode(to_micros(at(10_000)), "")), ["runs_listed"]),
    "namespace": (RunQuery(namespace="retail"), ["runs_listed"]),
    "the usual state": (RunQuery(state=COMPLETE), ["runs_listed"]),
    "job": (RunQuery(pipeline="pipeline_9", namespace="retail"), ["runs_of_job"]),
    "pipeline": (RunQuery(pipeline="pipeline_9"), ["runs_of_job"]),
    "pipeline of two namespaces": (RunQuery(pipeline="pipeline_8", limit=10), ["runs_of_job"] * 2),
    "pipeline and state": (RunQuery(pipeline="pipeline_13", state=FAIL, limit=1), ["runs_of_job"]),
    "pipeline and time": (RunQuery(pipeline="pipeline_9", until=at(10_000)), ["runs_of_job"]),
    "state": (RunQuery(state=FAIL), ["runs_of_state"]),
    "a state that no run is in": (RunQuery(state=RunState.QUEUED), ["runs_of_state"]),
    "a namespace of few runs": (RunQuery(namespace="rare"), ["runs_listed"]),
    "failed runs of a namespace": (RunQuery(namespace="rare", state=FAIL), ["runs_of_state"]),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_each_question_has_its_index(plan: Callable[[RunQuery], str], name: str) -> None:
    """A page of runs is read off an index, neither sorted nor found by reading every run."""
    query, expected = QUESTIONS[name]
    found = plan(query)
    assert re.findall(r"using (\w+)", found) == expected, found
    assert "Sort" not in found


def test_runs_of_another_namespace_are_not_read(plan: Callable[[RunQuery], str]) -> None:
    """That a run is of another namespace is seen in the index, not in the table."""
    found = plan(RunQuery(namespace="rare"))
    assert re.search(r"Index Cond: .*namespace.* = 'rare'", found), found

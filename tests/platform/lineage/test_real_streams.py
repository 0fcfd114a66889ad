"""Events of real emitters, shuffled and repeated: runs, datasets and graph end in the same state."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from openlineage.client import event_v2, serde
from openlineage.client.facet_v2 import column_lineage_dataset, ownership_dataset, schema_dataset

import almenara
from almenara.testing.capture import capture
from almenara_platform.runs.model import RunState
from almenara_platform.store.memory import MemoryLineageStore
from almenara_platform.store.port import LineageStore, RunQuery
from almenara_platform.store.sqlite import sqlite_lineage_store

RECEIVED = datetime(2026, 3, 1, tzinfo=UTC)
SQL = (
    "INSERT INTO daily (day, who, total) SELECT day, sha256(email), SUM(value) FROM sales GROUP BY day, email"
)


@cache
def emitted() -> list[dict[str, Any]]:
    """What two pipelines of the SDK and one of openlineage-python send; one run fails and is tried again."""
    ventas = almenara.Pipeline("ventas", namespace="retail", owner="data")
    report = almenara.Pipeline("report", namespace="retail")
    sales = pl.DataFrame({"day": [1, 1, 2], "value": [1.5, None, 2.0], "email": ["a", "b", "c"]})
    with capture() as signals:
        for _ in range(2):
            with ventas.run() as run, run.stage("load") as stage:
                stage.read(almenara.Dataset("retail", "sales"), frame=sales)
                run.check_quality("sales", sales)
                stage.sql(SQL, "duckdb")
        with suppress(ValueError), report.run(run_id=run.run_id[:-4] + "beef") as failed:
            with failed.stage("read") as stage:
                stage.read(almenara.Dataset("retail", "daily"), schema={"total": "double"})
            raise ValueError("no paper")
        with report.run(run_id=failed.run_id, attempt=2) as again, again.stage("print") as stage:
            stage.sql("INSERT INTO pages (sum) SELECT total FROM daily", "duckdb")
        events = [dict(event) for event in signals.events]
    return [*events, *_foreign(datetime.fromisoformat(events[-1]["eventTime"]))]


def _foreign(after: datetime) -> list[dict[str, Any]]:
    job, run = event_v2.Job("airflow", "dag.task"), event_v2.Run("01957000-0000-7000-8000-000000000001")
    edge = column_lineage_dataset.InputField("retail", "pages", "sum")
    lineage = column_lineage_dataset.ColumnLineageDatasetFacet({"sum": column_lineage_dataset.Fields([edge])})
    facets = {
        "columnLineage": lineage,
        "schema": schema_dataset.SchemaDatasetFacet([schema_dataset.SchemaDatasetFacetFields("sum", "int")]),
        "ownership": ownership_dataset.OwnershipDatasetFacet([ownership_dataset.Owner("team:finance")]),
    }
    outputs = [event_v2.OutputDataset("retail", "board", facets=facets)]
    kinds = (event_v2.RunState.START, event_v2.RunState.RUNNING, event_v2.RunState.COMPLETE)
    events = [
        event_v2.RunEvent(
            eventTime=(after + timedelta(seconds=number)).isoformat(),
            eventType=kind,
            run=run,
            job=job,
            producer="https://airflow",
            inputs=[],
            outputs=outputs,
        )
        for number, kind in enumerate(kinds)
    ]
    return [orjson.loads(serde.Serde.to_json(event)) for event in events]


def state(store: LineageStore) -> dict[str, Any]:
    """Everything that a store tells of runs, pipelines, datasets and lineage.

    Without the counts of outcomes: a FAIL that was counted before the next attempt came is not taken back.
    """
    datasets = store.datasets().items
    ledger = store.ledger
    return {
        "runs": [store.run(run.run_id) for run in store.runs(RunQuery()).items],
        "pipelines": [
            (each.name, each.owner, each.runs_total, each.last_success_at, [r.run_id for r in each.recent])
            for each in store.pipelines()
        ],
        "datasets": datasets,
        "successes": store.last_successes(),
        "graph": {
            each.name: (
                ledger.edges_into(each.namespace, each.name),
                ledger.flows_of(each.namespace, each.name),
                ledger.schemas(each.namespace, each.name),
                ledger.descriptions(each.namespace, each.name),
            )
            for each in datasets
        },
    }


def disorder(random: Random, repeats: Sequence[int]) -> list[list[dict[str, Any]]]:
    """The events in any order, some of them again, in batches of any size."""
    events = emitted() + [emitted()[number % len(emitted())] for number in repeats]
    random.shuffle(events)
    cuts = sorted(random.choices(range(len(events) + 1), k=3))
    return [events[start:end] for start, end in zip([0, *cuts], [*cuts, len(events)], strict=True)]


def applied(store: LineageStore, batches: Sequence[list[dict[str, Any]]]) -> dict[str, Any]:
    """The state after these batches."""
    for batch in batches:
        store.apply(batch, RECEIVED)
    return state(store)


def test_streams_say_what_they_should() -> None:
    """In order they give two good runs, one that was tried twice, and a foreign one, with masking."""
    found = applied(MemoryLineageStore(), [emitted()])
    assert sorted(run.pipeline for run in found["runs"]) == ["dag.task", "report", "ventas", "ventas"]
    assert {run.state for run in found["runs"]} == {RunState.COMPLETE}
    edges = {
        (e.source[1:], e.target[1:]) for part in found["graph"].values() for e in part[0] if not e.indirect
    }
    assert (("sales", "email"), ("daily", "who")) in edges
    assert (("daily", "total"), ("pages", "sum")) in edges
    assert (("pages", "sum"), ("board", "sum")) in edges
    assert any(masking for e in found["graph"]["daily"][0] for _, _, masking in e.transformations)


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False), st.lists(st.integers(0, 100), max_size=10))
def test_disorder_changes_nothing(random: Random, repeats: list[int]) -> None:
    """COMPLETE before START, a late START after FAIL, and everything twice: the state is the same."""
    expected = applied(MemoryLineageStore(), [emitted()])
    assert applied(MemoryLineageStore(), disorder(random, repeats)) == expected


@settings(max_examples=5, deadline=None)
@given(st.randoms(use_true_random=False), st.lists(st.integers(0, 100), max_size=10))
def test_disorder_changes_nothing_on_disk(random: Random, repeats: list[int]) -> None:
    """The same over SQLite."""
    with TemporaryDirectory() as folder:
        store = sqlite_lineage_store(Path(folder) / "lineage.db")
        found = applied(store, disorder(random, repeats))
        store.close()
    assert found == applied(MemoryLineageStore(), [emitted()])

"""Explicit lineage: the ``lineage`` facet alone says what flows into what it describes."""

from __future__ import annotations

from typing import Any

import pytest
from tests.platform.events import NOON, dataset, run_event
from tests.platform.lineage.lineage_events import column_lineage

from almenara_platform.alerts.graph_reach import GraphLineage
from almenara_platform.lineage.answers.about import about
from almenara_platform.lineage.answers.impact import Change, impact
from almenara_platform.lineage.answers.neighbourhood import neighbourhood
from almenara_platform.lineage.answers.personal_data import of_column
from almenara_platform.lineage.answers.reach import Question, reach
from almenara_platform.lineage.facts import Entity, Kind
from almenara_platform.lineage.graph import Direction
from almenara_platform.lineage.index import LineageIndex, Snapshot
from almenara_platform.store.memory import MemoryLineageStore

OWNED = {"ownership": {"owners": [{"name": "ana"}]}}


def named(name: str, **more: Any) -> dict[str, Any]:
    """A dataset in an entry."""
    return {"type": "DATASET", "namespace": "file", "name": name, **more}


def job(name: str) -> dict[str, Any]:
    """A job in an entry."""
    return {"type": "JOB", "namespace": "retail", "name": name}


BULK = [named("people_daily", inputs=[named("people")]), named("orders_daily", inputs=[named("orders")])]


def ran(entries: list[dict[str, Any]], *reads: str, writes: tuple[str, ...] = (), **more: Any) -> Any:
    """A run of the job ``bulk`` with explicit lineage."""
    return run_event(
        "COMPLETE",
        pipeline=more.pop("pipeline", "bulk"),
        job_facets={"lineage": {"entries": entries}} | OWNED,
        inputs=[dataset(name, "id") for name in reads],
        outputs=[dataset(name, **more) for name in writes],
    )


def bulk() -> Any:
    """Two independent tables in one run."""
    return ran(BULK, "people", "orders", writes=("people_daily", "orders_daily"))


def known(*events: dict[str, Any]) -> tuple[Snapshot, MemoryLineageStore]:
    """What is known after these events."""
    store = MemoryLineageStore()
    index = LineageIndex(store.ledger)
    for event in events:
        store.apply([event], NOON)
    return index.snapshot(), store


def downstream(snapshot: Snapshot, name: str, column: str | None = None) -> list[str]:
    """Names behind a dataset or a column."""
    items = reach(snapshot, Question("file", name, column), Direction.DOWNSTREAM).items
    return sorted(item["name"] for item in items)


def test_inputs_do_not_lead_to_every_output() -> None:
    """A job that moves two tables apart from one another leads from each to its own copy alone."""
    snapshot, store = known(bulk())
    assert downstream(snapshot, "people") == ["people_daily"]
    assert downstream(snapshot, "orders") == ["orders_daily"]
    told = about(snapshot, store, "file", "people_daily")
    assert [each["name"] for each in told["written_by"]] == ["bulk"]
    assert told["owners"] == ["ana"]


@pytest.mark.parametrize("column", [None, "id"])
def test_impact_names_the_job_and_its_own_output(column: str | None) -> None:
    """The pipeline is at risk, and of what it writes only what the dataset feeds."""
    snapshot, _ = known(bulk())
    found = impact(snapshot, "file", "people", column, Change.DROP, [], [])
    assert [each["name"] for each in found["pipelines"]] == ["bulk"]
    assert [each["name"] for each in found["datasets"]] == ["people_daily"]
    assert found["owners"] == ["ana"]


def test_what_is_not_known_is_fed() -> None:
    """Of personal data in one table the copy of the other holds nothing."""
    snapshot, _ = known(bulk())
    unknown = of_column(snapshot, "file", "people", "id").unknown
    assert [(each["name"], each["pipelines"]) for each in unknown] == [("people_daily", ["bulk"])]


def test_a_picture_names_the_job() -> None:
    """The arrow from a table to its copy has the job at it."""
    snapshot, _ = known(bulk())
    people, copy, by = (
        snapshot.entity(Entity(kind, namespace, name))
        for kind, namespace, name in (
            (Kind.DATASET, "file", "people"),
            (Kind.DATASET, "file", "people_daily"),
            (Kind.JOB, "retail", "bulk"),
        )
    )
    assert people is not None
    edges = neighbourhood(snapshot, people).edges
    assert list(edges) == [(people, copy)]
    assert by in edges[people, copy]


def test_a_failure_reaches_all_outputs() -> None:
    """What a failed job should have written is downstream of it."""
    store = MemoryLineageStore()
    store.apply([bulk()], NOON)
    reached = GraphLineage(LineageIndex(store.ledger)).of("bulk")
    assert reached.datasets == ("file/orders_daily", "file/people_daily")


def test_fields_of_an_entry_replace_the_column_lineage_facet() -> None:
    """Where both tell of columns, the explicit ones count."""
    entry = named("people_daily", fields={"who": {"inputs": [named("people", field="id")]}})
    facet = column_lineage(("orders.id", "who"))
    snapshot, _ = known(ran([entry], "people", "orders", writes=("people_daily",), facets=facet))
    assert downstream(snapshot, "people", "id") == ["people_daily"]
    assert downstream(snapshot, "orders", "id") == []
    assert downstream(snapshot, "orders") == []


def test_two_entries_about_one_dataset_add_up() -> None:
    """One entry tells of the whole and another of its columns."""
    entries = [
        named("a", inputs=[named("x")]),
        named("a", fields={"c": {"inputs": [named("y", field="id")]}}),
    ]
    snapshot, _ = known(ran(entries, "x", "y", "z", writes=("a",)))
    assert [downstream(snapshot, name) for name in "xyz"] == [["a"], ["a"], []]


def test_what_flows_into_the_job_flows_on() -> None:
    """A job that is fed by another job passes it on to the outputs that no entry describes."""
    entries = [job("bulk") | {"inputs": [job("feeder")]}]
    feeder = run_event("COMPLETE", pipeline="feeder", inputs=[dataset("source")])
    snapshot, _ = known(feeder, ran(entries, writes=("made",)))
    assert downstream(snapshot, "source") == ["made"]


def test_an_output_with_its_own_facet_stands_apart() -> None:
    """The facet of one output says nothing of the other, which all inputs lead to."""
    facet = {"lineage": {"inputs": [named("people")]}}
    event = run_event(
        "COMPLETE",
        inputs=[dataset("people"), dataset("orders")],
        outputs=[dataset("apart", facets=facet), dataset("both")],
    )
    snapshot, _ = known(event)
    assert downstream(snapshot, "people") == ["apart", "both"]
    assert downstream(snapshot, "orders") == ["both"]

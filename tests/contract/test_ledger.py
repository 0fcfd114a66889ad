"""What every lineage ledger promises, whatever it keeps the graph in."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from tests.contract.lineage_stores import LINEAGE_STORES
from tests.platform.events import NOON, at, dataset, run_event
from tests.platform.lineage.lineage_events import column_lineage, moved, source, wrote

from almenara_platform.gateway.openlineage import NAME_BYTES
from almenara_platform.lineage.facts import Entity, Kind
from almenara_platform.lineage.ledger.port import Delta, Label
from almenara_platform.store.port import LineageStore

ADAPTERS = LINEAGE_STORES


def edges(store: LineageStore, name: str) -> list[tuple[Any, ...]]:
    """The edges into a dataset: source, target column, indirect, transformations."""
    return [
        (e.source[1:], e.target[2], e.indirect, e.transformations)
        for e in store.ledger.edges_into("file", name)
    ]


def dataset_event(name: str, facets: dict[str, Any], seconds: float = 0) -> dict[str, Any]:
    """A DatasetEvent."""
    event = run_event("OTHER", seconds)
    return {key: event[key] for key in ("eventTime", "producer")} | {"dataset": dataset(name, facets=facets)}


def test_edges_have_their_transformations(store: LineageStore) -> None:
    """Type, subtype, description and masking of a column edge come back."""
    said = {"type": "DIRECT", "subtype": "TRANSFORMATION", "description": "sha256(id)", "masking": True}
    field = source("raw.id") | {"transformations": [said]}
    facet = {"columnLineage": {"fields": {"customer": {"inputFields": [field]}}}}
    store.apply([run_event("COMPLETE", outputs=[dataset("sales", facets=facet)])], NOON)
    assert edges(store, "sales") == [
        (("raw", "id"), "customer", False, (("TRANSFORMATION", "sha256(id)", True),))
    ]
    assert store.ledger.edges_into("file", "sales")[0].job == ("retail", "ventas_etl")


def test_legacy_fields_count_where_an_input_says_nothing(store: LineageStore) -> None:
    """A MASKED field of the facet's first version masks."""
    field = {"inputFields": [{"namespace": "file", "name": "raw", "field": "id"}]}
    legacy = field | {"transformationType": "MASKED", "transformationDescription": "hashed"}
    facet = {"columnLineage": {"fields": {"customer": legacy}}}
    store.apply([run_event("COMPLETE", outputs=[dataset("sales", facets=facet)])], NOON)
    assert edges(store, "sales")[0][3] == (("MASKED", "hashed", True),)


def test_influence_on_a_whole_dataset_is_one_edge(store: LineageStore) -> None:
    """``dataset`` of the facet is kept as it was told, not once a column."""
    store.apply([wrote("sales", ("raw.a", "a"), ("raw.b", "b"), whole=("raw.day?",))], NOON)
    assert [e[:3] for e in edges(store, "sales")] == [
        (("raw", "day"), None, True),
        (("raw", "a"), "a", False),
        (("raw", "b"), "b", False),
    ]


def test_first_and_last_sight_are_kept(store: LineageStore) -> None:
    """An edge that a later run repeats, or no longer has, tells when it was seen."""
    store.apply([wrote("sales", ("raw.a", "a"), ("raw.b", "b"), seconds=10)], NOON)
    store.apply([wrote("sales", ("raw.a", "a"), seconds=30, number=2)], NOON)
    store.apply([wrote("sales", ("raw.a", "a"), seconds=20, number=3)], NOON)
    seen = {e.source[2]: (e.first_seen, e.last_seen) for e in store.ledger.edges_into("file", "sales")}
    assert seen == {"a": (at(10), at(30)), "b": (at(10), at(10))}


def test_what_two_ways_of_telling_have_in_common_is_seen_as_long_as_both(store: LineageStore) -> None:
    """A flow and a schema that two kinds of events tell in one transaction have the times of both."""
    number = iter(range(1, 20))

    def told(owner: str, seconds: float) -> dict[str, Any]:
        return wrote("sales", ("raw.a", "a"), owner=owner, seconds=seconds, number=next(number))

    for _ in range(3):
        store.apply([told("bi", 50), told("finance", 50)], NOON)
    store.apply([told("bi", 10), told("finance", 40)], NOON)
    store.apply([told("bi", 90), told("finance", 60)], NOON)
    flows = store.ledger.flows_of("file", "sales")
    versions = store.ledger.schemas("file", "sales")
    assert {(each.first_seen, each.last_seen) for each in (*flows, *versions)} == {(at(10), at(90))}


def test_what_is_told_again_and_again_widens_the_times(store: LineageStore) -> None:
    """Runs that tell the same, each in its own batch and in any order, leave the first and last times."""
    for number, seconds in enumerate((30, 40, 20, 50, 10, 35), 1):
        event = wrote("sales", ("raw.a", "a"), seconds=seconds, number=number, owner="bi", columns=("a", "b"))
        store.apply([event], NOON)
    [edge] = store.ledger.edges_into("file", "sales")
    assert (edge.first_seen, edge.last_seen) == (at(10), at(50))
    assert {(f.first_seen, f.last_seen) for f in store.ledger.flows_of("file", "sales")} == {(at(10), at(50))}
    assert [(v.first_seen, v.last_seen) for v in store.ledger.schemas("file", "sales")] == [(at(10), at(50))]


def test_a_version_that_returns_after_another_replaces_it(store: LineageStore) -> None:
    """What was told before and is told again after something else is the newest once more."""
    versions = [("raw.a", "a"), ("raw.a", "a"), ("raw.a", "a"), ("raw.a!", "a"), ("raw.a", "a")]
    for number, edge in enumerate(versions, 1):
        store.apply([wrote("sales", edge, seconds=number, number=number)], NOON)
    [edge] = store.ledger.edges_into("file", "sales")
    assert edge.transformations == (("IDENTITY", None, None),)
    assert (edge.first_seen, edge.last_seen) == (at(1), at(5))


def test_what_was_told_last_replaces(store: LineageStore) -> None:
    """An edge is masked when the newest event of the job says so, whichever came last."""
    store.apply([wrote("sales", ("raw.a!", "a"), seconds=30, number=2)], NOON)
    store.apply([wrote("sales", ("raw.a", "a"), seconds=10)], NOON)
    assert edges(store, "sales")[0][3] == (("TRANSFORMATION", None, True),)


def test_jobs_speak_for_themselves(store: LineageStore) -> None:
    """An edge that two jobs tell differently is two edges."""
    store.apply([wrote("sales", ("raw.a!", "a"), job="x"), wrote("sales", ("raw.a", "a"), job="y")], NOON)
    assert [e.job for e in store.ledger.edges_into("file", "sales")] == [("retail", "x"), ("retail", "y")]


def test_explicit_lineage_facet(store: LineageStore) -> None:
    """A dataset's own ``lineage`` facet gives column edges, whole influences and flows without a job."""
    item = {"namespace": "file", "name": "raw", "type": "DATASET"}
    facet = {
        "inputs": [item | {"field": "day"}, {"namespace": "x", "name": "other", "type": "DATASET"}],
        "fields": {"a": {"inputs": [item | {"field": "a", "transformations": [{"type": "DIRECT"}]}]}},
    }
    store.apply([dataset_event("sales", {"lineage": facet})], NOON)
    assert [e[:3] for e in edges(store, "sales")] == [
        (("raw", "day"), None, True),
        (("raw", "a"), "a", False),
    ]
    inflow = Entity(Kind.INFLOW, "file", "sales")
    into = {flow.source for flow in store.ledger.flows_of("file", "sales")}
    assert into == {inflow}
    assert [flow.target for flow in store.ledger.flows_of("x", "other")] == [inflow]


def test_lineage_facet_of_a_job(store: LineageStore) -> None:
    """Entries about datasets and about jobs become edges and flows."""
    raw = {"namespace": "file", "name": "raw", "type": "DATASET"}
    entries = [
        {
            "type": "DATASET",
            "namespace": "file",
            "name": "sales",
            "fields": {"a": {"inputs": [raw | {"field": "a"}]}},
        },
        {"type": "JOB", "inputs": [{"namespace": "file", "name": "config", "type": "DATASET"}]},
    ]
    store.apply([run_event("COMPLETE", job_facets={"lineage": {"entries": entries}})], NOON)
    assert edges(store, "sales")[0][:2] == (("raw", "a"), "a")
    assert store.ledger.flows_of("file", "config")[0].target == Entity(Kind.JOB, "retail", "ventas_etl")


def test_flows_of_a_dataset(store: LineageStore) -> None:
    """Who reads and writes a dataset, with first and last sight."""
    store.apply([moved("a", "b", "x", 0), moved("a", "b", "x", 9, number=2), moved("b", "c", "y", 5)], NOON)
    found = [
        (f.source.name, f.target.name, f.first_seen, f.last_seen) for f in store.ledger.flows_of("file", "b")
    ]
    assert found == [("b", "y", at(5), at(5)), ("x", "b", at(0), at(9))]


def test_schema_versions(store: LineageStore) -> None:
    """Each version of the columns is kept with its times, the newest first."""
    for number, (seconds, columns) in enumerate(((0, "ab"), (9, "abc"), (4, "ab"))):
        store.apply([wrote("sales", columns=tuple(columns), seconds=seconds, number=number)], NOON)
    found = [(len(v.columns), v.first_seen, v.last_seen) for v in store.ledger.schemas("file", "sales")]
    assert found == [(3, at(9), at(9)), (2, at(0), at(4))]


def test_facets_describe_a_dataset(store: LineageStore) -> None:
    """Owners, words, type, tags and symlinks come back as they were told last."""
    facets = {
        "ownership": {"owners": [{"name": "team:data"}]},
        "documentation": {"description": "Sales by day"},
        "datasetType": {"datasetType": "view"},
        "tags": {"tags": [{"key": "pii", "value": "true", "field": "email"}]},
        "symlinks": {"identifiers": [{"namespace": "hive", "name": "db.sales", "type": "TABLE"}]},
    }
    store.apply([dataset_event("sales", facets, 5)], NOON)
    store.apply([dataset_event("sales", {"documentation": {"description": "Old words"}}, 1)], NOON)
    assert store.ledger.descriptions("file", "sales") == {
        "owners": ["team:data"],
        "description": "Sales by day",
        "type": "VIEW",
        "tags": [["pii", "true", "email"]],
        "symlinks": [["hive", "db.sales"]],
    }


def test_a_deleted_facet_tells_nothing_any_more(store: LineageStore) -> None:
    """``_deleted`` replaces what the facet told before, whatever else stands in it."""
    told: dict[str, dict[str, Any]] = {
        "ownership": {"owners": [{"name": "ana"}]},
        "tags": {"tags": [{"key": "pii", "value": "true", "field": "a"}]},
        "symlinks": {"identifiers": [{"namespace": "hive", "name": "db.sales", "type": "TABLE"}]},
        "schema": {"fields": [{"name": "a", "type": "int"}]},
    }
    store.apply([dataset_event("sales", told)], NOON)
    deleted: dict[str, Any] = {name: facet | {"_deleted": True} for name, facet in told.items()}
    store.apply([dataset_event("sales", deleted, seconds=9)], NOON)
    assert store.ledger.descriptions("file", "sales") == {"owners": [], "tags": [], "symlinks": []}
    assert [len(version.columns) for version in store.ledger.schemas("file", "sales")] == [0, 1]
    assert store.datasets().items[0].schema == ()


def test_listeners_are_told_once(store: LineageStore) -> None:
    """A commit that says nothing new about the graph is no news."""
    told: list[Delta] = []
    store.ledger.listen(told.append)
    store.apply([wrote("sales", ("raw.a", "a"))], NOON)
    store.apply([wrote("sales", ("raw.a", "a"), number=2, seconds=9)], NOON)
    assert [len(delta.nodes) for delta in told] == [2]
    assert [number for number, *_ in told[0].nodes] == [0, 1]


def test_revision_counts_what_changed_the_graph(store: LineageStore) -> None:
    """A commit that says something new is the next revision; deltas and contents tell theirs."""
    told: list[int] = []
    store.ledger.listen(lambda delta: told.append(delta.revision))
    assert store.ledger.revision() == 0
    store.apply([wrote("sales", ("raw.a", "a"))], NOON)
    store.apply([wrote("sales", ("raw.a", "a"), seconds=5)], NOON)
    store.apply([wrote("sales", ("raw.b", "b"), seconds=9)], NOON)
    assert (told, store.ledger.revision(), store.ledger.contents().revision) == ([1, 2], 2, 2)


def test_contents_match_what_was_told(store: LineageStore) -> None:
    """The whole graph holds every entity, column, edge and flow by number."""
    store.apply([wrote("sales", ("raw.a", "a")), wrote("mart", ("sales.a", "b"), job="m")], NOON)
    found = store.ledger.contents()
    assert {each.name for each in found.entities} == {"raw", "sales", "mart", "etl", "m"}
    assert sorted(found.node_columns) == ["a", "a", "b"]
    assert len(found.cells) == sum(count for *_, count in found.statements) == 2
    assert found.flows.shape == (4, 2)


def test_forgetting_keeps_the_graph(store: LineageStore) -> None:
    """Retention takes runs and raw events, not what they said about lineage."""
    store.apply([wrote("sales", ("raw.a", "a"))], NOON)
    store.forget(at(9999))
    assert len(edges(store, "sales")) == 1
    assert len(store.ledger.flows_of("file", "sales")) == 1


def test_labels_are_kept(store: LineageStore) -> None:
    """A label can be put twice and removed once."""
    label = Label("file", "sales", "email", "pii")
    store.ledger.put_label(label)
    store.ledger.put_label(label)
    assert store.ledger.labels() == [label]
    assert store.ledger.remove_label(label)
    assert not store.ledger.remove_label(label)
    assert store.ledger.labels() == []


def test_unknown_datasets_have_nothing(store: LineageStore) -> None:
    """Asking for what was never named gives empty answers."""
    ledger = store.ledger
    assert not ledger.edges_into("file", "x") and not ledger.flows_of("file", "x")
    assert not ledger.schemas("file", "x") and not ledger.descriptions("file", "x")


@pytest.mark.parametrize(
    "facet",
    [
        {"fields": "no mapping"},
        {"fields": {"a": None, "": {"inputFields": [source("raw.x")]}}},
        {"fields": {"a": {"inputFields": [{"namespace": "file", "name": "raw"}, 7, None]}}},
        {"fields": {"a": {"inputFields": [source("raw.x") | {"name": "nul\0"}]}}, "dataset": {}},
    ],
)
def test_malformed_facets_say_nothing(store: LineageStore, facet: dict[str, Any]) -> None:
    """A facet of another shape than the specification's is no reason to refuse its event."""
    store.apply([run_event("COMPLETE", outputs=[dataset("sales", facets={"columnLineage": facet})])], NOON)
    assert edges(store, "sales") == []


def test_hostile_names_are_only_names(store: LineageStore) -> None:
    """Quotes, markup, line breaks and other scripts come back as they went in."""
    name = "'; DROP TABLE x; --<script>\n名前"
    facet = column_lineage()["columnLineage"] | {
        "fields": {name: {"inputFields": [source("raw.x") | {"field": name}]}}
    }
    store.apply([run_event("COMPLETE", outputs=[dataset(name, facets={"columnLineage": facet})])], NOON)
    assert edges(store, name)[0][:2] == (("raw", name), name)


def test_names_as_long_as_they_may_be_are_kept(store: LineageStore) -> None:
    """An index holds the longest names that are taken, whatever is in them; longer columns are left out."""
    random = Random(7)

    def name(size: int) -> str:
        return "".join(random.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=size))

    long, job, column = (name(NAME_BYTES - len("retail")) for _ in range(3))
    event = wrote(long, (f"raw.{column}", column), (f"raw.{name(NAME_BYTES + 1)}", "b"), job=job)
    event["run"]["runId"] = name(NAME_BYTES)
    store.apply([event], NOON)
    assert [each[:2] for each in edges(store, long)] == [(("raw", column), column)]


def test_names_are_taken_by_the_letter(store: LineageStore) -> None:
    """Names that differ in case, or in how an accent is composed, are different datasets and columns."""
    names = ("Ventas", "ventas", "ventas_\u00f1", "ventas_n\u0303")
    for number, name in enumerate(names, 1):
        store.apply([wrote(name, ("raw.ID", "Id"), ("raw.id", "id"), number=number)], NOON)
    for name in names:
        assert edges(store, name) == [
            (("raw", "ID"), "Id", False, (("IDENTITY", None, None),)),
            (("raw", "id"), "id", False, (("IDENTITY", None, None),)),
        ]


def test_times_of_any_precision_and_zone_are_one_time(store: LineageStore) -> None:
    """No zone is UTC, nanoseconds are cut to microseconds, and an offset is taken off."""
    times = (
        "2026-03-01T12:00:00.123456789Z",
        "2026-03-01T12:00:00.123456",
        "2026-03-01T13:00:00.123456+01:00",
    )
    for number, time in enumerate(times, 1):
        store.apply([wrote("sales", ("raw.a", "a"), number=number) | {"eventTime": time}], NOON)
    (edge,) = store.ledger.edges_into("file", "sales")
    assert edge.first_seen == edge.last_seen == at(0.123456)

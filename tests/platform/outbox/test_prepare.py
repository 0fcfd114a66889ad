"""What goes to Marquez can do no harm there, and loses no column lineage."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from tests.platform.events import RUN_ID, dataset, run_event
from tests.platform.outbox.marquez_stub import Marquez

from almenara_platform.outbox.destinations.datahub import DataHubDestination
from almenara_platform.outbox.destinations.marquez import MarquezDestination
from almenara_platform.outbox.destinations.port import DatasetName, Parcel
from almenara_platform.runs.identity import run_uuid
from almenara_platform.runs.model import Column

HASHED = {"type": "DIRECT", "subtype": "TRANSFORMATION", "description": "sha256", "masking": True}
COPIED = {"type": "DIRECT", "subtype": "IDENTITY", "masking": False}
JOINED = {"type": "INDIRECT", "subtype": "JOIN"}


@dataclass
class Known:
    """What the platform is said to know."""

    schemas: Mapping[DatasetName, Sequence[Column]] = field(default_factory=dict)
    parents: Mapping[str, Any] = field(default_factory=dict)

    def columns(self, names: Collection[DatasetName]) -> Mapping[DatasetName, Sequence[Column]]:
        """The schemas among these names."""
        return {name: self.schemas[name] for name in names if name in self.schemas}

    def parent(self, run_id: str) -> Mapping[str, Any]:
        """The parent facet of a run."""
        return self.parents.get(run_id, {})


@pytest.fixture
def marquez(stub: Marquez) -> MarquezDestination:
    """Marquez as a destination."""
    return MarquezDestination(stub.url)


def edge(*steps: dict[str, Any], name: str = "raw", column: str = "id", namespace: str = "file") -> dict:
    """One input of a column."""
    return {"namespace": namespace, "name": name, "field": column, "transformations": list(steps)}


def output(**columns: list[dict[str, Any]]) -> dict[str, Any]:
    """A dataset whose columns come from these edges."""
    fields = {name: {"inputFields": edges} for name, edges in columns.items()}
    return dataset("sales", facets={"columnLineage": {"fields": fields}})


def prepared(destination: Any, event: dict[str, Any], known: Known | None = None) -> dict[str, Any]:
    """The event as it would go out."""
    parcel: Parcel = destination.prepare(event, known or Known())
    assert parcel.event is not None
    assert parcel.faults == ()
    return parcel.event


def schema(named: dict[str, Any]) -> list[str]:
    """The columns in the schema facet of a dataset."""
    return [column["name"] for column in named["facets"]["schema"]["fields"]]


BAD = [
    ("file", ""),
    ("file", "  "),
    ("my ns", "t"),
    ("größe", "t"),
    ("", "t"),
    ("a#b", "t"),
    ("x", "t" * 1025),
]


@pytest.mark.parametrize(("namespace", "name"), BAD)
@pytest.mark.parametrize("place", ["inputs", "outputs", "edge", "symlink", "explicit"])
def test_poison_never_leaves(
    marquez: MarquezDestination, stub: Marquez, namespace: str, name: str, place: str
) -> None:
    """Wherever the name stands, the rest of the event goes without it and Marquez stays whole."""
    bad = {"namespace": namespace, "name": name}
    good = output(id=[edge(COPIED)])
    event = run_event("COMPLETE", inputs=[dataset("raw", "id")], outputs=[good])
    if place == "edge":
        good["facets"]["columnLineage"]["fields"]["id"]["inputFields"].append({**bad, "field": "id"})
    elif place == "symlink":
        good["facets"]["symlinks"] = {"identifiers": [{**bad, "type": "TABLE"}]}
    elif place == "explicit":
        del good["facets"]["columnLineage"]
        inputs = [
            {**each, "type": "DATASET", "field": "id"} for each in (bad, {"namespace": "file", "name": "raw"})
        ]
        good["facets"]["lineage"] = {"fields": {"id": {"inputs": inputs}}}
    else:
        event[place].append(bad)
    parcel = marquez.prepare(event, Known())
    assert parcel.event is not None
    assert len(parcel.faults) == 1
    marquez.send(parcel.event)
    assert not stub.poisoned
    assert [named["name"] for named in (*stub.events[0]["inputs"], *stub.events[0]["outputs"])] == [
        "raw",
        "sales",
    ]


def test_event_about_a_bad_dataset_alone_stays_here(marquez: MarquezDestination) -> None:
    """A DatasetEvent has nothing left without its dataset; the reason names it."""
    event = {"eventTime": "2026-03-01T12:00:00Z", "producer": "x", "dataset": dataset("t", namespace="a b")}
    parcel = marquez.prepare(event, Known())
    assert parcel.event is None
    assert parcel.faults == (
        "Dataset 't' has the namespace 'a b'; Marquez takes letters, digits and :;=/_-.@+ only.",
    )


def test_inputs_of_column_edges_are_listed_with_their_fields(marquez: MarquezDestination) -> None:
    """Marquez draws an edge only from a listed input with known fields to an output with known fields."""
    known = Known({("file", "raw"): [Column("id", "int"), Column("day", "date")]})
    event = prepared(marquez, run_event("COMPLETE", outputs=[output(key=[edge(COPIED)])]), known)
    assert [named["name"] for named in event["inputs"]] == ["raw"]
    assert event["inputs"][0]["facets"]["schema"]["fields"] == [
        {"name": "id", "type": "int"},
        {"name": "day", "type": "date"},
    ]
    assert schema(event["outputs"][0]) == ["key"]


@pytest.mark.parametrize("place", ["job", "dataset"])
def test_explicit_lineage_is_told_as_column_lineage(marquez: MarquezDestination, place: str) -> None:
    """Marquez does not know the ``lineage`` facet; what it says of columns would be lost without a word."""
    source = {
        "type": "DATASET",
        "namespace": "file",
        "name": "raw",
        "field": "id",
        "transformations": [HASHED],
    }
    own = {"fields": {"key": {"inputs": [source, {"type": "JOB"}]}, "day": {"inputs": []}}}
    entry = {"type": "DATASET", "namespace": "file", "name": "sales", **own}
    told = {"job_facets": {"lineage": {"entries": [entry]}}} if place == "job" else {}
    output = dataset("sales", facets={"lineage": own} if place == "dataset" else {})
    event = prepared(marquez, run_event("COMPLETE", outputs=[output], **told))
    field = event["outputs"][0]["facets"]["columnLineage"]["fields"].pop("key")
    assert not event["outputs"][0]["facets"]["columnLineage"]["fields"]
    assert [(each["name"], each["field"]) for each in field["inputFields"]] == [("raw", "id")]
    assert field["transformationType"] == "MASKED"
    assert [named["name"] for named in event["inputs"]] == ["raw"]
    assert schema(event["outputs"][0]) == ["key"]


def test_column_lineage_that_was_sent_stays(marquez: MarquezDestination) -> None:
    """An emitter that says both has said in the older facet what it wanted older receivers to know."""
    sent = output(key=[edge(COPIED)])
    other = {"type": "DATASET", "namespace": "file", "name": "raw", "field": "day"}
    sent["facets"]["lineage"] = {"fields": {"day": {"inputs": [other]}}}
    event = prepared(marquez, run_event("COMPLETE", outputs=[sent]))
    assert list(event["outputs"][0]["facets"]["columnLineage"]["fields"]) == ["key"]


def test_fields_that_nobody_told_come_from_the_edges(marquez: MarquezDestination) -> None:
    """A column that an edge names exists, even when the schema does not list it."""
    event = run_event("COMPLETE", inputs=[dataset("raw", "day")], outputs=[output(key=[edge(COPIED)])])
    event["outputs"][0]["facets"]["schema"] = {"fields": [{"name": "total", "type": "int"}]}
    event = prepared(marquez, event)
    assert schema(event["inputs"][0]) == ["day", "id"]
    assert schema(event["outputs"][0]) == ["total", "key"]


def test_schema_that_was_sent_stays(marquez: MarquezDestination) -> None:
    """What is known does not replace what the event says."""
    known = Known({("file", "raw"): [Column("old", "int")]})
    event = prepared(marquez, run_event("COMPLETE", inputs=[dataset("raw", "new")]), known)
    assert schema(event["inputs"][0]) == ["new"]


@pytest.mark.parametrize(
    ("steps", "kind", "description"),
    [
        ([[HASHED]], "MASKED", "sha256"),
        ([[HASHED], [JOINED]], "MASKED", "sha256"),
        ([[COPIED], [COPIED]], "IDENTITY", "DIRECT IDENTITY"),
        ([[COPIED], [HASHED]], "DIRECT IDENTITY, DIRECT TRANSFORMATION (masked)", "DIRECT IDENTITY; sha256"),
        ([[JOINED]], "INDIRECT JOIN", "INDIRECT JOIN"),
    ],
)
def test_masking_shows_in_the_legacy_fields(
    marquez: MarquezDestination, steps: list[list[dict]], kind: str, description: str
) -> None:
    """MASKED means that no column came through as it was; one that did is never called masked."""
    edges = [edge(*each, column=f"c{place}") for place, each in enumerate(steps)]
    event = prepared(marquez, run_event("COMPLETE", outputs=[output(key=edges)]))
    column = event["outputs"][0]["facets"]["columnLineage"]["fields"]["key"]
    assert (column["transformationType"], column["transformationDescription"]) == (kind, description)
    assert column["inputFields"] == edges


def test_legacy_fields_that_were_sent_stay(marquez: MarquezDestination) -> None:
    """An emitter that fills them knows better."""
    event = run_event("COMPLETE", outputs=[output(key=[edge(HASHED)])])
    event["outputs"][0]["facets"]["columnLineage"]["fields"]["key"]["transformationType"] = "IDENTITY"
    event = prepared(marquez, event)
    assert event["outputs"][0]["facets"]["columnLineage"]["fields"]["key"]["transformationType"] == "IDENTITY"


def test_event_without_a_type_gets_one(marquez: MarquezDestination, stub: Marquez) -> None:
    """Marquez answers 500 to a missing eventType and stores the event all the same."""
    event = run_event("START")
    del event["eventType"]
    marquez.send(prepared(marquez, event))
    assert stub.events[0]["eventType"] == "OTHER"
    assert prepared(marquez, run_event("complete"))["eventType"] == "COMPLETE"


def test_times_have_a_zone(marquez: MarquezDestination) -> None:
    """A time without a zone is a bad date to receivers; here it is UTC."""
    event = run_event("START") | {"eventTime": "2026-03-01T12:00:00"}
    assert prepared(marquez, event)["eventTime"] == "2026-03-01T12:00:00Z"


def test_run_id_that_is_no_uuid_becomes_the_one_known_here(marquez: MarquezDestination) -> None:
    """Marquez would hash the id alone and make one run of those of many jobs."""
    own = prepared(marquez, run_event("START", run_id="scheduled__1", pipeline="a"))["run"]["runId"]
    other = prepared(marquez, run_event("START", run_id="scheduled__1", pipeline="b"))["run"]["runId"]
    assert own == run_uuid("scheduled__1", "retail", "a")
    assert own != other


def test_every_facet_says_who_produced_it(marquez: MarquezDestination) -> None:
    """The specification asks for it, and a missing field is a 422."""
    event = prepared(marquez, run_event("START", facets={"mine": {"a": 1}}, inputs=[dataset("raw", "id")]))
    assert event["run"]["facets"]["mine"]["_producer"] == event["producer"]
    assert event["inputs"][0]["facets"]["schema"]["_schemaURL"].startswith("https://openlineage.io/")


@pytest.mark.parametrize(("part", "kind"), [("dataset", "DatasetEvent"), ("job", "JobEvent")])
def test_kind_of_an_event_is_told(marquez: MarquezDestination, part: str, kind: str) -> None:
    """Marquez takes an event without a schema URL for a RunEvent."""
    event = {"eventTime": "2026-03-01T12:00:00Z", "producer": "x", part: {"namespace": "n", "name": "m"}}
    assert prepared(marquez, event)["schemaURL"].endswith(f"/{kind}")


def test_parent_of_a_run_is_in_all_its_events(marquez: MarquezDestination) -> None:
    """Marquez names a job after its parent; with the facet in one event only it would see two jobs."""
    parent = {"run": {"runId": "dag_1"}, "job": {"namespace": "airflow", "name": "dag"}}
    event = prepared(marquez, run_event("COMPLETE"), Known(parents={RUN_ID: parent}))
    told = event["run"]["facets"]["parent"]
    assert told["job"] == parent["job"]
    assert told["run"]["runId"] == run_uuid("dag_1", "airflow", "dag")


def test_what_is_complete_is_left_alone() -> None:
    """DataHub gets the same event twice over when it is prepared twice."""
    datahub = DataHubDestination("http://127.0.0.1:1")
    once = prepared(datahub, run_event("COMPLETE", outputs=[output(key=[edge(HASHED)])]))
    twice = prepared(datahub, orjson.loads(orjson.dumps(once)))
    assert once == twice


ODD = [
    None,
    1,
    "text",
    [],
    [1],
    {},
    {"fields": 1},
    {"fields": {"a": 1}},
    {"fields": {"a": {"inputFields": 7}}},
]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", ["columnLineage", "schema", "symlinks"])
def test_facets_of_any_shape_are_survived(marquez: MarquezDestination, name: str, odd: object) -> None:
    """Facets hold anything that is JSON; none of it stops an event."""
    event = run_event("COMPLETE", outputs=[dataset("t", facets={name: odd})], facets={"parent": odd})  # type: ignore[dict-item]
    assert marquez.prepare(event, Known()).event is not None


@pytest.mark.parametrize("none", [None, []])
def test_event_that_says_null_for_its_datasets_goes_out(marquez: MarquezDestination, none: object) -> None:
    """Some serialisers write null for what there is none of."""
    event = run_event("COMPLETE") | {"inputs": none, "outputs": none}
    assert prepared(marquez, event)["run"]["runId"] == RUN_ID

"""OpenLineage events over HTTP: what is taken, what is refused and how."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient
from tests.platform.events import NOON, RUN_ID, dataset, run_event, whole_run

from almenara_platform.gateway.openlineage import NAME_BYTES, NAME_LIMIT

URL = "/api/v1/lineage"


def located(path: str) -> tuple[dict[str, Any], Any, str | int]:
    """A right event, and the part of it and the key there that ``path``, with dots in it, leads to."""
    event = run_event("START", inputs=[dataset("sales")])
    *way, last = (int(name) if name.isdigit() else name for name in path.split("."))
    part: Any = event
    for name in way:
        part = part[name]
    return event, part, last


def changed(path: str, value: Any) -> dict[str, Any]:
    """A right event with one part changed."""
    event, part, last = located(path)
    part[last] = value
    return event


def missing(path: str) -> dict[str, Any]:
    """A right event without one part."""
    event, part, last = located(path)
    del part[last]
    return event


def test_event_is_created(client: TestClient) -> None:
    """A good event answers 201 and its run is there at once."""
    assert [client.post(URL, json=event).status_code for event in whole_run()] == [201, 201]
    run = client.get(f"/api/v1/runs/{RUN_ID}").json()
    assert (run["state"], run["duration_seconds"]) == ("COMPLETE", 60)


def test_client_library_of_openlineage_is_understood(client: TestClient) -> None:
    """What openlineage-python serialises is taken as it is."""
    from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
    from openlineage.client.serde import Serde

    event = RunEvent(
        eventTime=NOON.isoformat(),
        run=Run(RUN_ID),
        job=Job("retail", "x"),
        eventType=RunState.START,
        producer="p",
    )
    assert client.post(URL, content=Serde.to_json(event)).status_code == 201


@pytest.mark.parametrize(
    "url", ["http://p", "http://p/", "http://p/api/v1/lineage", "http://p/api/v1/lineage/"]
)
def test_url_of_a_client_may_have_the_path(client: TestClient, url: str) -> None:
    """openlineage-python joins its endpoint to whatever URL it is given."""
    from urllib.parse import urljoin

    from openlineage.client.transport.http import HttpConfig

    endpoint = HttpConfig.from_dict({"url": url}).endpoint
    assert client.post(urljoin(url, endpoint), json=run_event("START")).status_code == 201
    assert client.get(f"/api/v1/runs/{RUN_ID}").status_code == 200


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (missing("eventTime"), "eventTime"),
        (changed("eventTime", "yesterday"), "eventTime"),
        (changed("eventTime", "2026-13-01T00:00:00Z"), "eventTime"),
        (changed("eventTime", 5), "eventTime"),
        (changed("eventTime", "0001-01-01T00:00:00+14:00"), "eventTime"),
        (changed("eventTime", "9999-12-31T23:59:59Z"), "eventTime"),
        (changed("eventTime", (datetime.now(UTC) + timedelta(days=2)).isoformat()), "eventTime"),
        (missing("producer"), "producer"),
        (changed("eventType", "STARTED"), "eventType"),
        (changed("eventType", 5), "eventType"),
        (missing("run"), "run"),
        (missing("job"), "job"),
        (changed("job", []), "job"),
        (missing("job.name"), "job.name"),
        (changed("job.name", ""), "job.name"),
        (changed("job.namespace", "   "), "job.namespace"),
        (changed("job.name", "x" * (NAME_LIMIT + 1)), "job.name"),
        (changed("job.name", "x" * (NAME_BYTES + 1)), "job.name"),
        (changed("inputs.0.name", "é" * (NAME_BYTES // 2)), "inputs[0].name"),
        (changed("run.runId", "x" * (NAME_BYTES + 1)), "run.runId"),
        (changed("job.name", "a\0b"), "job.name"),
        (changed("job.name", "a\r\nX-Evil: 1"), "job.name"),
        (changed("job.facets", "x"), "job.facets"),
        (changed("run", "x"), "run"),
        (missing("run.runId"), "run.runId"),
        (changed("run.runId", 7), "run.runId"),
        (changed("run.facets", []), "run.facets"),
        (changed("inputs", {}), "inputs"),
        (changed("inputs.0", "sales"), "inputs[0]"),
        (changed("inputs.0.name", None), "inputs[0].name"),
        (changed("inputs.0.namespace", ""), "inputs[0].namespace"),
        (changed("inputs.0.inputFacets", 1), "inputs[0].inputFacets"),
        (changed("schemaURL", 1), "schemaURL"),
        ({"eventTime": NOON.isoformat(), "producer": "p"}, "run"),
        ({"eventTime": NOON.isoformat(), "producer": "p", "dataset": {"name": "x"}}, "dataset.namespace"),
        ([], "body"),
        ("x", "body"),
        (None, "body"),
    ],
)
def test_bad_event_names_the_field(client: TestClient, event: Any, field: str) -> None:
    """A bad event is a 400 problem with the field at fault, and nothing of it is kept."""
    answer = client.post(URL, content=orjson.dumps(event))
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert answer.json()["field"] == field
    assert field in answer.json()["detail"] or field == "body"
    assert client.get("/api/v1/runs").json()["items"] == []
    assert client.get("/api/v1/datasets").json()["items"] == []


@pytest.mark.parametrize(
    "event",
    [
        missing("eventType"),
        missing("schemaURL"),
        changed("eventType", "start"),
        changed("eventTime", "2026-03-01T12:00:00"),
        changed("eventTime", "2026-03-01T12:00:00.123456789Z"),
        changed("eventTime", (datetime.now(UTC) + timedelta(hours=23)).isoformat()),
        changed("inputs", None),
        changed("inputs.0.facets", None),
        changed("run.facets", None),
        changed("run.facets", {"x": None, "y": 5, "almenara_run": []}),
        changed("job.facets", {"ownership": {"owners": "me"}}),
        changed("unknown", {"a": 2**100}),
    ],
)
def test_liberal_in_what_it_takes(client: TestClient, event: Any) -> None:
    """What has no influence on a run's place may be missing or odd."""
    assert client.post(URL, content=json.dumps(event)).status_code == 201
    assert client.get(f"/api/v1/runs/{RUN_ID}").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"NaN",
        b"[" * 100_000,
        b'{"a":' * 3000 + b"1" + b"}" * 3000,
        b'{"x":"\\ud800"}',
    ],
    ids=["empty", "cut", "no-utf-8", "nan", "open-lists", "deep", "lone-surrogate"],
)
def test_body_that_is_no_json_is_refused(client: TestClient, body: bytes) -> None:
    """Rubbish is a 400 and no trace of the server's inside."""
    answer = client.post(URL, content=body)
    assert answer.status_code == 400
    assert "Traceback" not in answer.text


def test_event_that_is_nested_too_deeply_is_refused(client: TestClient) -> None:
    """What could be read but not written again is refused before anything is stored."""
    nested = b'{"a":' * 400 + b"1" + b"}" * 400
    body = orjson.dumps(run_event("START"))[:-1] + b',"x":' + nested + b"}"
    assert client.post(URL, content=body).status_code == 400
    assert client.get("/api/v1/runs").json()["items"] == []


def test_gzip_is_unpacked(client: TestClient) -> None:
    """A compressed event is as good as a plain one."""
    body = gzip.compress(orjson.dumps(run_event("START")))
    assert client.post(URL, content=body, headers={"Content-Encoding": "gzip"}).status_code == 201


def test_foreign_run_id_is_mapped_and_kept(client: TestClient) -> None:
    """A run id that is no UUID gets one by name; both lead to the run."""
    client.post(URL, json=run_event("START", run_id="scheduled__2026-03-01T00:00:00+00:00"))
    run = client.get("/api/v1/runs/scheduled__2026-03-01T00:00:00+00:00").json()
    assert run["original_run_id"] == "scheduled__2026-03-01T00:00:00+00:00"
    assert client.get(f"/api/v1/runs/{run['run_id']}").json() == run


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "../../etc/passwd", "=1+1", "ünï🔥"])
def test_hostile_names_are_inert(client: TestClient, name: str) -> None:
    """A hostile name is stored and answered as the text it is."""
    client.post(URL, json=run_event("START", pipeline=name, inputs=[dataset(name)]))
    answer = client.get("/api/v1/runs", params={"pipeline": name})
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["items"][0]["pipeline"] == name
    assert client.get("/metrics").status_code == 200


def test_raw_events_are_kept(client: TestClient) -> None:
    """The events of a run can be read as they came."""
    events = whole_run()
    for event in events:
        client.post(URL, json=event)
    assert client.get(f"/api/v1/runs/{RUN_ID}/events").json()["items"] == events

"""The reading side of the API: shapes, pages, filters and errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from tests.platform.events import RUN_ID, TRACE_ID, dataset, progress, run_event, stage, whole_run
from tests.platform.otlp import PROTOBUF, logs, proto_log, proto_span, traces

Start = Callable[..., TestClient]


def send(client: TestClient, *events: dict[str, Any]) -> None:
    """Send OpenLineage events."""
    for event in events:
        assert client.post("/api/v1/lineage", json=event).status_code == 201


def test_run_has_its_documented_shape(client: TestClient) -> None:
    """A run tells ids, times, stages, datasets, quality and error under the documented names."""
    quality = [{"table": "sales", "check": "score", "column": None, "value": 98.5, "passed": None}]
    failed = stage(
        "load", "FAIL", error={"type": "ValueError", "message": "no", "stack": "line 1"}, records=None
    )
    facets = progress(stage("extract"), failed, quality=quality) | {
        "almenara_trace": {"traceId": TRACE_ID},
        "errorMessage": {"message": "ValueError: no", "stackTrace": "line 1"},
    }
    output = dataset("daily", "day", outputFacets={"outputStatistics": {"rowCount": 3, "size": 30}})
    send(client, run_event("START"), run_event("FAIL", 2.5, facets=facets, outputs=[output]))
    run = client.get(f"/api/v1/runs/{RUN_ID}").json()
    assert run.pop("facets").keys() == {"almenara_run", "almenara_trace", "errorMessage"}
    error = {"type": "ValueError", "message": "no", "stack": "line 1"}
    assert run == {
        "run_id": RUN_ID,
        "namespace": "retail",
        "pipeline": "ventas_etl",
        "state": "FAIL",
        "attempt": 1,
        "queued_at": None,
        "started_at": "2026-03-01T12:00:00.000000Z",
        "ended_at": "2026-03-01T12:00:02.500000Z",
        "last_event_at": "2026-03-01T12:00:02.500000Z",
        "duration_seconds": 2.5,
        "records": 10,
        "trace_id": TRACE_ID,
        "stages": [
            {
                "name": "extract",
                "state": "COMPLETE",
                "started_at": "2026-03-01T12:00:00.000000Z",
                "duration_seconds": 1.5,
                "records": 10,
                "error": None,
            },
            {
                "name": "load",
                "state": "FAIL",
                "started_at": "2026-03-01T12:00:00.000000Z",
                "duration_seconds": 1.5,
                "records": None,
                "error": error,
            },
        ],
        "inputs": [],
        "outputs": [
            {
                "namespace": "file",
                "name": "daily",
                "schema": [{"name": "day", "type": "string", "description": None}],
                "rows": 3,
                "bytes": 30,
            }
        ],
        "quality": quality,
        "error": error,
        "owner": None,
        "producer": "https://example.org/emitter",
        "parent_run_id": None,
        "root_run_id": None,
        "original_run_id": None,
    }
    assert client.get("/api/v1/runs").json()["items"] == [run]


@pytest.mark.parametrize(("asked", "near"), [(RUN_ID[:13], True), (RUN_ID[:-1] + "0", True), ("nope", False)])
def test_an_unknown_run_names_those_like_it(client: TestClient, asked: str, near: bool) -> None:
    """The beginning of an id, as lists show it, and a mistyped one lead to the run that is meant."""
    send(client, *whole_run())
    problem = client.get(f"/api/v1/runs/{asked}").json()
    assert problem.get("near", []) == ([RUN_ID] if near else [])
    assert (f"did you mean {RUN_ID}?" if near else "GET /api/v1/runs lists them.") in problem["detail"]


def test_lists_are_pages(client: TestClient) -> None:
    """A list has items and next; next leads on until it is null."""
    for number in range(5):
        send(client, run_event("START", number, run_id=str(UUID(int=number))))
    seen, cursor = [], None
    while True:
        page = client.get("/api/v1/runs", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        assert page.keys() == {"items", "next"}
        seen += [UUID(run["run_id"]).int for run in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [4, 3, 2, 1, 0]


def test_pipeline_tells_its_history(client: TestClient) -> None:
    """A pipeline has its last run whole and the recent ones in short."""
    send(client, *whole_run())
    (pipeline,) = client.get("/api/v1/pipelines").json()["items"]
    assert pipeline["last_run"]["run_id"] == RUN_ID
    assert pipeline["recent"][0].keys() >= {"run_id", "state", "duration_seconds", "records"}
    assert (pipeline["runs_total"], pipeline["last_success_at"]) == (1, "2026-03-01T12:01:00.000000Z")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("runs?limit=0", "limit"),
        ("runs?limit=1001", "limit"),
        ("runs?limit=x", "limit"),
        ("runs?state=DONE", "state"),
        ("runs?since=yesterday", "since"),
        ("runs?cursor=x", "cursor"),
        ("datasets?cursor=WzFd", "cursor"),
        ("traces?attribute=x", "attribute"),
        ("traces?attribute==x", "attribute"),
        ("traces?min_duration=-1", "min_duration"),
        ("traces?min_duration=nan", "min_duration"),
        ("traces?error=perhaps", "error"),
        ("logs?level=LOUD", "level"),
        ("logs?where=x", "where"),
        ("logs?order=up", "order"),
        ("pipelines?recent=1000", "recent"),
    ],
)
def test_wrong_parameter_is_named(client: TestClient, query: str, field: str) -> None:
    """A wrong parameter is a 400 problem that names it and says what is right."""
    answer = client.get(f"/api/v1/{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    problem = answer.json()
    assert problem["field"].split(".")[0] == field
    assert (problem["status"], problem["title"]) == (400, "Bad Request")
    assert problem["detail"]


@pytest.mark.parametrize(
    "path", ["runs/x", "runs/x/events", "traces/x", "nothing", "runs/%00", "runs/..%2F.."]
)
def test_what_is_not_there_is_a_404_problem(client: TestClient, path: str) -> None:
    """An unknown run, trace or route is a problem, not a page."""
    answer = client.get(f"/api/v1/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_traces_are_searched(client: TestClient) -> None:
    """Service, error, duration and attributes are query parameters; attributes may contain '='."""
    good = proto_span(1, attributes=[{"key": "q", "value": {"string_value": "a=b"}}])
    bad = proto_span(2, status={"code": 2})
    client.post("/v1/traces", content=traces(good, bad).SerializeToString(), headers=PROTOBUF)

    def found(query: str) -> list[int]:
        return [int(t["trace_id"], 16) for t in client.get(f"/api/v1/traces?{query}").json()["items"]]

    assert found("error=true") == [2]
    assert found("attribute=q=a=b") == [1]
    assert found("service=worker-etl&min_duration=0.5") == [2, 1]
    assert found("min_duration=2") == []
    assert client.get("/api/v1/services").json() == {"items": ["worker-etl"], "next": None}


def test_logs_are_searched_by_several_conditions(client: TestClient) -> None:
    """``where`` may be given more than once, and encoded signs are read."""
    records = [
        proto_log(number=n, attributes=[{"key": "error_count", "value": {"int_value": n}}]) for n in range(6)
    ]
    client.post("/v1/logs", content=logs(*records).SerializeToString(), headers=PROTOBUF)
    answer = client.get("/api/v1/logs?where=error_count>3").json()["items"]
    assert [line["error_count"] for line in answer] == [5, 4]
    answer = client.get(
        "/api/v1/logs", params={"where": ["error_count>=1", "error_count!=2"], "order": "asc"}
    )
    assert [line["error_count"] for line in answer.json()["items"]] == [1, 3, 4, 5]


def test_docs_load_nothing_from_elsewhere(client: TestClient) -> None:
    """The reference names every route and has no address of another host in it."""
    page = client.get("/docs").text
    for path in client.get("/openapi.json").json()["paths"]:
        assert path in page
    assert not re.search(r"(src|href)=.?(https?:)?//", page)


def test_health_tells_the_truth(start: Start, tmp_path: Path) -> None:
    """A platform whose file is gone lives but is not ready, says why, and answers 503."""
    client = start()
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["status"] == "ready"
    logs_db = tmp_path / "data" / "logs.db"
    client.app.state.platform.logs.close()
    for leftover in logs_db.parent.glob("logs.db*"):
        leftover.unlink()
    logs_db.mkdir()
    answer = client.get("/readyz")
    assert (answer.status_code, client.get("/healthz").status_code) == (503, 200)
    assert answer.json()["checks"]["lineage"] == "ok"
    assert "logs.db" in answer.json()["checks"]["logs"]
    asked = client.get("/api/v1/logs")
    assert (asked.status_code, asked.headers["retry-after"]) == (503, "5")


def test_unexpected_error_tells_nothing_of_the_inside(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the platform's own is a 500 problem without its text or stack."""

    def broken(*_: object) -> None:
        raise RuntimeError("secret path /srv/x")

    monkeypatch.setattr(type(client.app.state.platform.lineage), "runs", broken)
    answer = client.get("/api/v1/runs")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


def test_data_outlives_a_restart(start: Start) -> None:
    """A second platform over the same folder knows what the first one took."""
    first = start()
    send(first, *whole_run())
    first.post("/v1/traces", content=traces(proto_span()).SerializeToString(), headers=PROTOBUF)
    first.post("/v1/logs", content=logs(proto_log()).SerializeToString(), headers=PROTOBUF)
    second = start()
    for path in ("runs", "pipelines", "traces", "logs"):
        assert len(second.get(f"/api/v1/{path}").json()["items"]) == 1
    assert second.get("/metrics").text.count('pipeline_runs_total{outcome="complete"') == 1

"""Explanations over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from almenara_platform import settings as platform_settings
from almenara_platform.app import create_app
from almenara_platform.clock import EPOCH, system_clock

from .forest import TRACE, span, span_id, trace
from .test_aggregate import run

NOW = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A platform in memory with one trace and forty hourly runs up to now, the last ten slow and failed."""
    folder = tmp_path_factory.mktemp("data")
    # The traces are of a fixed day, which the platform would else forget as soon as it starts.
    chosen = {"ui": False, "data_dir": folder, "retention_days": 36_500}
    settings = platform_settings.read(chosen | {"database_url": "sqlite:///:memory:"}, {})
    app = create_app(settings)
    app.dependency_overrides[system_clock] = lambda: NOW
    first = (NOW - EPOCH) // timedelta(hours=1) - 40
    app.state.platform.traces.add(trace(span("root", None, 0, 10), span("child", "root", 2, 12)).spans)
    for hour in range(40):
        slow = hour >= 30
        app.state.platform.traces.add(run(first + hour, 40 + hour % 3, 90 if slow else 60, failed=slow))
    with TestClient(app) as client:
        yield client


def test_the_critical_path_of_a_trace(client: TestClient) -> None:
    """The promised members, in JSON types."""
    found = client.get(f"/api/v1/traces/{TRACE}/critical-path").json()
    assert list(found) == ["trace_id", "root_span_id", "duration_ns", "sections", "operations", "notes"]
    assert found["sections"] == [
        {"span_id": span_id("root"), "start_ns": 0, "end_ns": 2},
        {"span_id": span_id("child"), "start_ns": 2, "end_ns": 10},
    ]
    assert found["duration_ns"] == 10
    assert "ends after the parent" in found["notes"][0]


def test_another_root_and_a_tolerance(client: TestClient) -> None:
    """Both are parameters; ids may be in capitals."""
    path = f"/api/v1/traces/{TRACE.upper()}/critical-path"
    found = client.get(path, params={"root": span_id("child").upper(), "skew_tolerance": "5ms"}).json()
    assert (found["root_span_id"], found["duration_ns"]) == (span_id("child"), 10)
    assert "Clock skew tolerance: 5.00 ms" in found["notes"][-1]


@pytest.mark.parametrize(("name", "start"), [("mermaid", "gantt\n"), ("text", f"Trace {TRACE}\n")])
def test_other_formats(client: TestClient, name: str, start: str) -> None:
    """A diagram and a text."""
    answer = client.get(f"/api/v1/traces/{TRACE}/critical-path", params={"format": name})
    assert answer.text.startswith(start)
    assert answer.headers["content-type"].startswith("text/")


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/api/v1/traces/0123/critical-path", 404, "No trace '0123' is known"),
        (f"/api/v1/traces/{TRACE}/critical-path?root=ffff", 404, "has no span ffff"),
        (f"/api/v1/traces/{TRACE}/critical-path?skew_tolerance=long", 400, "write 5s"),
        (f"/api/v1/traces/{TRACE}/critical-path?format=png", 400, "format"),
        ("/api/v1/operations", 400, "either an operation"),
        ("/api/v1/operations?operation=a&pipeline=b", 400, "either an operation"),
        ("/api/v1/operations?operation=a&min_duration=long", 400, "'long' is not a duration"),
        ("/api/v1/operations?operation=a&attribute=b", 400, "not of the form key=value"),
        ("/api/v1/operations/compare?operation=a&before=good&after=soon", 400, "names no set"),
        ("/api/v1/traces?min_duration=9999999999d", 400, "not a duration"),
    ],
)
def test_wrong_requests_are_told_what_is_wrong(
    client: TestClient, path: str, status: int, detail: str
) -> None:
    """As problem+json."""
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert detail in answer.json()["detail"]


def test_traces_are_found_by_the_same_words(client: TestClient) -> None:
    """Durations may have units."""
    words = {"operation": "ventas_etl", "error": "true", "min_duration": "125ms", "limit": 3}
    page = client.get("/api/v1/traces", params=words).json()
    assert len(page["items"]) == 3
    assert client.get("/api/v1/traces", params={**words, "min_duration": "2 h"}).json()["items"] == []


def test_bottlenecks(client: TestClient) -> None:
    """On the path with shares, off the path with what is waited for instead."""
    trace_id = client.get("/api/v1/traces", params={"operation": "ventas_etl"}).json()["items"][0]["trace_id"]
    found = client.get(
        f"/api/v1/traces/{trace_id}/bottlenecks", params={"root": span_id("ventas_etl")}
    ).json()
    assert [at["name"] for at in found["on_path"]] == ["load", "extract"]
    members = ["service", "name", "count", "inclusive_ns", "exclusive_ns", "on_path_ns", "share"]
    assert list(found["on_path"][0]) == members
    assert sum(at["share"] for at in found["on_path"]) == pytest.approx(1)
    (off_path,) = found["off_path"]
    assert (off_path["name"], off_path["behind"]["name"]) == ("metrics", "extract")


def test_a_pipeline_over_many_traces(client: TestClient) -> None:
    """Where its time goes at each percentile."""
    found = client.get("/api/v1/operations", params={"pipeline": "ventas_etl"}).json()
    assert (found["traces"], found["samples"], found["failed"]) == (40, 40, 10)
    assert [view["percentile"] for view in found["percentiles"]] == [50, 95, 99]
    assert found["percentiles"][1]["operations"][0]["name"] == "load"
    few = client.get("/api/v1/operations", params={"pipeline": "ventas_etl", "traces": 5}).json()
    assert few["traces"] == 5
    assert "there are more" in few["notes"][0]


@pytest.mark.parametrize(
    ("before", "after"),
    [("good", "failed"), ("..2026-03-04T04:30", "2026-03-04T04:30.."), ("last-week", "2026-03-04T06:00..")],
)
def test_two_sets_are_compared(client: TestClient, before: str, after: str) -> None:
    """By outcome or by time: the load grew, and examples show it."""
    words = {"pipeline": "ventas_etl", "before": before, "after": after}
    found = client.get("/api/v1/operations/compare", params=words).json()
    assert (found["before"]["name"], found["after"]["name"]) == (before, after)
    assert found["after"]["samples"] > 0
    first = found["changes"][0]
    assert (first["name"], first["clear"]) == ("load", True)
    assert first["delta_ns"] == pytest.approx(30_000_000)
    assert first["claim"].startswith("load [worker] grew by 30.0 ms per trace")
    assert client.get(f"/api/v1/traces/{first['examples_after'][0]}").status_code == 200


def test_openapi_describes_the_answers(client: TestClient) -> None:
    """The documents are part of the schema."""
    schema = client.get("/openapi.json").json()
    path = schema["paths"]["/api/v1/traces/{trace_id}/critical-path"]["get"]
    assert "CriticalPathDocument" in json.dumps(path["responses"]["200"])

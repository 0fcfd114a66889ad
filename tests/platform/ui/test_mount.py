"""The console on an application."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from opentelemetry.trace import NonRecordingSpan, SpanContext, use_span
from starlette.types import ASGIApp, Receive, Scope, Send

from almenara_platform.logs.memory import MemoryLogStore
from almenara_platform.platform import Platform
from almenara_platform.store.memory import MemoryLineageStore
from almenara_platform.traces.memory import MemoryTraceStore
from almenara_platform.ui import mount


def application(lineage: MemoryLineageStore | None = None) -> FastAPI:
    """An application with one route of its own and the console."""
    app = FastAPI()
    app.add_api_route("/api/v1/ping", lambda: {"pong": True})
    mount(app, Platform(lineage or MemoryLineageStore(), MemoryTraceStore(), MemoryLogStore()))
    return app


class Traced:
    """An application whose requests are part of one trace."""

    def __init__(self, app: ASGIApp, trace_id: int) -> None:
        self._app = app
        self._span = NonRecordingSpan(SpanContext(trace_id, span_id=1, is_remote=True))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with use_span(self._span):
            await self._app(scope, receive, send)


@pytest.fixture
def client() -> Iterator[TestClient]:
    """A client of a started application."""
    with TestClient(application()) as started:
        yield started


def test_routes_of_the_application_go_first(client: TestClient) -> None:
    """The console takes only what is left."""
    assert client.get("/api/v1/ping").json() == {"pong": True}


@pytest.mark.parametrize("path", ["/", "/runs", "/logs", "/traces", "/datasets"])
def test_every_page_answers(client: TestClient, path: str) -> None:
    """Each page of the navigation answers without any data."""
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/runs/nope",
        "/pipelines/a/b",
        "/traces/xyz",
        "/nothing",
        "/runs/%3Cimg%20src=x%3E",
        "/runs/%00",
        "/pipelines/%3Cimg%3E/%3Cimg%3E",
    ],
)
def test_unknown_and_hostile_addresses_are_pages_not_found(client: TestClient, path: str) -> None:
    """An id that nobody knows is a 404 page, and no markup of it reaches the page."""
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "<img" not in answer.text


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/v1/nothing"])
def test_programs_get_a_problem_document(client: TestClient, path: str) -> None:
    """An unknown path of the API answers as the API does, not with a page."""
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404


def test_what_is_not_served_is_told_with_the_trace_of_the_request() -> None:
    """As in every other problem document of the platform."""
    app = application()
    # Inside of FastAPI's own telemetry, which puts a span of its own in place where a provider is set.
    app.add_middleware(Traced, trace_id=11)
    with TestClient(app) as client:
        assert client.get("/api/v1/nothing").json()["trace_id"] == f"{11:032x}"


def test_pages_may_load_nothing_from_elsewhere(client: TestClient) -> None:
    """The browser is told to refuse what comes from other servers, and frames around the page."""
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy.replace("https:", "")
    assert "content-security-policy" not in client.get("/api/v1/ping").headers


def test_applications_of_one_process_have_their_own_data() -> None:
    """Tests and embedders make several applications in one process."""
    for name in ("sales", "stock"):
        lineage = MemoryLineageStore()
        lineage.apply([completed(name)], datetime.now(UTC))
        with TestClient(application(lineage)) as client:
            page = client.get("/").text
        assert [known in page for known in ("sales", "stock")] == [name == "sales", name == "stock"]


def completed(pipeline: str) -> dict[str, object]:
    """The end of a run."""
    return {
        "eventType": "COMPLETE",
        "eventTime": "2026-05-06T12:00:00Z",
        "producer": "https://example.org",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": "0199e6a4-1c1a-7000-8000-00000000005b"},
        "job": {"namespace": "retail", "name": pipeline},
    }

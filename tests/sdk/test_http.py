"""The httpx clients make CLIENT spans and carry the trace along."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from opentelemetry import baggage
from opentelemetry import context as otel
from tests.sdk.backend import Backend

import almenara
import almenara.http
from almenara.traces.propagation import context_from


def echo(request: httpx.Request) -> httpx.Response:
    """Answer with the headers of the request."""
    if request.url.path == "/redirect":
        return httpx.Response(302, headers={"Location": "/"})
    status = 500 if request.url.path == "/broken" else 200
    return httpx.Response(status, json=dict(request.headers))


@pytest.fixture
def client(signals):
    """A client whose requests are echoed."""
    with almenara.http.client(
        transport=httpx.MockTransport(echo), base_url="http://shop.test:8080"
    ) as client:
        yield client


def test_a_request_is_a_span_and_carries_it(client, signals):
    """The server is told the id of the CLIENT span."""
    sent = client.get("/orders?token=hidden", auth=("ana", "pass")).json()
    span = signals.span("GET")

    assert sent["traceparent"] == f"00-{span.trace_id}-{span.span_id}-03"
    assert span.kind == "CLIENT"
    assert span.attributes["url.full"] == "http://shop.test:8080/orders"
    assert span.attributes["server.port"] == 8080
    assert span.attributes["http.response.status_code"] == 200


def test_a_request_belongs_to_what_surrounds_it(client, signals):
    """Within a run the request is a part of it."""
    with almenara.Pipeline("ventas").run() as run:
        client.get("/")

    assert signals.span("GET").trace_id == run.trace_id
    assert signals.span("GET").attributes["openlineage.run_id"] == run.run_id


def test_baggage_travels(client, signals):
    """What is in the baggage is sent along."""
    token = otel.attach(baggage.set_baggage("tenant.id", "acme"))
    try:
        sent = client.get("/").json()
    finally:
        otel.detach(token)

    assert baggage.get_baggage("tenant.id", context_from(sent)) == "acme"


def test_an_answer_with_an_error_marks_the_span(client, signals):
    """A status from 400 is an error of the client span."""
    client.get("/broken")
    span = signals.span("GET")

    assert (span.status, span.attributes["error.type"]) == ("ERROR", "500")


def test_a_failing_connection_marks_the_span_and_is_raised(signals):
    """The caller gets httpx's own exception."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with (
        almenara.http.client(transport=httpx.MockTransport(refuse)) as client,
        pytest.raises(httpx.ConnectError),
    ):
        client.get("http://shop.test/")
    span = signals.span("GET")

    assert (span.status, span.events, span.attributes["error.type"]) == (
        "ERROR",
        ("exception",),
        "ConnectError",
    )


def test_redirects_are_part_of_one_span(client, signals):
    """A request that is led on is still one request."""
    client.get("/redirect", follow_redirects=True)

    assert len(signals.spans) == 1


def test_instrumentation_of_httpx_makes_no_second_span(signals):
    """Both would describe the same request."""
    backend = Backend()
    with almenara.http.client() as client:
        client.post(backend.url, content=b"x")
    backend.close()

    assert [span.kind for span in signals.spans] == ["CLIENT"]


def test_the_async_client_does_the_same(signals):
    """Span and header of an asynchronous request."""

    async def ask() -> dict[str, str]:
        async with almenara.http.async_client(transport=httpx.MockTransport(echo)) as client:
            return (await client.get("http://shop.test/")).json()

    sent = asyncio.run(ask())
    span = signals.span("GET")

    assert sent["traceparent"] == f"00-{span.trace_id}-{span.span_id}-03"


def test_the_context_is_left_as_it_was(client, signals):
    """After a request nothing of it stays current."""
    before = otel.get_current()
    client.get("/")

    assert otel.get_current() == before

"""httpx clients whose requests are CLIENT spans and carry the trace to the server.

with almenara.http.client(base_url="http://127.0.0.1:8080") as client:
    client.get("/api/v1/runs")
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from opentelemetry import context as otel
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from almenara.runtime import current
from almenara.sink.http import UNOBSERVED
from almenara.traces.propagation import PROPAGATOR


class Client(httpx.Client):
    """An httpx.Client; a request with its redirects is one span that ends when the headers are there."""

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send within a CLIENT span."""
        with _client_span(request) as span:
            response = super().send(request, **options)
            _note_status(span, response)
            return response


class AsyncClient(httpx.AsyncClient):
    """An httpx.AsyncClient; a request with its redirects is one span that ends when the headers are there."""

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send within a CLIENT span."""
        with _client_span(request) as span:
            response = await super().send(request, **options)
            _note_status(span, response)
            return response


def client(**options: Any) -> Client:
    """A client for synchronous code; `options` are those of httpx.Client."""
    return Client(**options)


def async_client(**options: Any) -> AsyncClient:
    """A client for asynchronous code; `options` are those of httpx.AsyncClient."""
    return AsyncClient(**options)


@contextmanager
def _client_span(request: httpx.Request) -> Iterator[Span]:
    span = current().tracer.start_span(request.method, kind=SpanKind.CLIENT, attributes=_attributes(request))
    context = trace.set_span_in_context(span)
    PROPAGATOR.inject(request.headers, context)
    # the instrumentation of httpx would make the same span once more
    for key, value in UNOBSERVED.items():
        context = otel.set_value(key, value, context)
    token = otel.attach(context)
    try:
        yield span
    except Exception as error:
        span.set_attribute("error.type", type(error).__qualname__)
        span.record_exception(error)
        span.set_status(Status(StatusCode.ERROR, f"{type(error).__name__}: {error}"))
        raise
    finally:
        otel.detach(token)
        span.end()


def _attributes(request: httpx.Request) -> dict[str, Any]:
    """The request by the HTTP semantic conventions; user, password and query of the URL stay here."""
    url = request.url
    attributes = {
        "http.request.method": request.method,
        "url.full": str(url.copy_with(username=None, password=None, query=None, fragment=None)),
        "server.address": url.host,
        "server.port": url.port or {"http": 80, "https": 443}.get(url.scheme),
    }
    return {name: value for name, value in attributes.items() if value}


def _note_status(span: Span, response: httpx.Response) -> None:
    span.set_attribute("http.response.status_code", response.status_code)
    if response.status_code >= 400:
        span.set_attribute("error.type", str(response.status_code))
        span.set_status(Status(StatusCode.ERROR))

"""Spans and logs to an OTLP/HTTP server."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from openlineage.client.event_v2 import RunEvent
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan

from almenara.sink.http import Endpoint, HttpDelivery
from almenara.sink.otlp_encoding import LogEncoder, encode_span_batch, refused_logs, refused_spans
from almenara.sink.port import LogEntry
from almenara.spool import Outbox
from almenara.spool.lane import Route

CONTENT_TYPE = "application/x-protobuf"


def span_route(base_url: str, headers: dict[str, str]) -> Route:
    """Spans to `{base_url}/v1/traces`, many in one request."""
    url = f"{base_url.rstrip('/')}/v1/traces"
    endpoint = Endpoint(url, CONTENT_TYPE, headers, refused_spans, compress=True)
    return Route("spans", url, encode_span_batch, lambda: HttpDelivery(endpoint), merge=True)


def log_route(base_url: str, headers: dict[str, str], resource: Resource) -> Route:
    """Log entries to `{base_url}/v1/logs`, many in one request."""
    url = f"{base_url.rstrip('/')}/v1/logs"
    endpoint = Endpoint(url, CONTENT_TYPE, headers, refused_logs, compress=True)
    return Route("logs", url, LogEncoder(resource), lambda: HttpDelivery(endpoint), merge=True)


class OtlpSink:
    """Puts spans and logs into their lanes; lineage has no place in OTLP and is forgotten."""

    def __init__(
        self,
        outbox: Outbox,
        put_spans: Callable[[Sequence[ReadableSpan]], None],
        put_logs: Callable[[Sequence[LogEntry]], None],
    ) -> None:
        self._outbox = outbox
        self._put_spans = put_spans
        self._put_logs = put_logs

    def spans(self, spans: Sequence[ReadableSpan]) -> None:
        """Queue them."""
        self._put_spans(spans)

    def logs(self, entries: Sequence[LogEntry]) -> None:
        """Queue them."""
        self._put_logs(entries)

    def lineage(self, event: RunEvent) -> None:
        """Forget it."""

    def flush(self, timeout_seconds: float) -> bool:
        """Wait until all is delivered."""
        return self._outbox.flush(timeout_seconds)

    def close(self, timeout_seconds: float) -> None:
        """Deliver what can be in time, keep the rest on disk."""
        self._outbox.close(timeout_seconds)

"""A Jaeger in a container for the suites, emptied between tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from tests.containers import container, docker, published, wait_for

from almenara_platform.traces.jaeger import JaegerTraceStore
from almenara_platform.traces.model import Span, SpanKind, StatusCode
from almenara_platform.traces.rows import SpanBatch

CONFIG = """
service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines:
    traces: {receivers: [otlp], exporters: [jaeger_storage_exporter]}
extensions:
  jaeger_query:
    storage: {traces: spans}
    http: {endpoint: "0.0.0.0:16686"}
    grpc: {endpoint: "0.0.0.0:16685"}
  jaeger_storage: {backends: {spans: {badger: {ephemeral: true, ttl: {spans: 87600h}}}}}
receivers: {otlp: {protocols: {http: {endpoint: "0.0.0.0:4318"}}}}
exporters: {jaeger_storage_exporter: {trace_storage: spans}}
"""
KINDS = {
    SpanKind.INTERNAL: 1,
    SpanKind.SERVER: 2,
    SpanKind.CLIENT: 3,
    SpanKind.PRODUCER: 4,
    SpanKind.CONSUMER: 5,
}
CODES = {StatusCode.UNSET: 0, StatusCode.OK: 1, StatusCode.ERROR: 2}


class Jaeger:
    """A container by its name; a restart gives it an empty store and new ports."""

    def __init__(self, name: str) -> None:
        self._name = name

    def emptied(self) -> FilledJaeger:
        """A store over the container after a restart."""
        docker("restart", "-t", "0", self._name)
        query, otlp = (f"http://{published(self._name, port)}" for port in (16686, 4318))
        wait_for(f"{query}/api/services")
        # It answers questions before it takes spans.
        wait_for(f"{otlp}/v1/traces", "POST", {"resourceSpans": []})
        return FilledJaeger(query, otlp)


class FilledJaeger(JaegerTraceStore):
    """The adapter, with the ways in that the Collector has in its place."""

    def __init__(self, query_url: str, otlp_url: str) -> None:
        super().__init__(query_url)
        self._otlp_url = otlp_url

    def add(self, spans: Sequence[Span]) -> None:
        """Send the spans as OTLP/JSON."""
        groups = [
            {
                "resource": {
                    "attributes": as_attributes({"service.name": span.service} | dict(span.resource))
                },
                "scopeSpans": [{"spans": [_otlp(span)]}],
            }
            for span in spans
        ]
        httpx.post(f"{self._otlp_url}/v1/traces", json={"resourceSpans": groups}).raise_for_status()

    def add_batches(self, batches: Sequence[SpanBatch]) -> None:
        """As ``add``."""
        raise NotImplementedError

    def forget(self, before: datetime) -> int:
        """Jaeger forgets by itself."""
        raise NotImplementedError

    def size_bytes(self) -> int:
        """Jaeger does not tell."""
        raise NotImplementedError


@contextmanager
def jaeger_container(folder: Path) -> Iterator[Jaeger]:
    """A Jaeger with a store in memory on free ports."""
    config = folder / "jaeger.yaml"
    config.write_text(CONFIG)
    ports = ("-p", "127.0.0.1::16686", "-p", "127.0.0.1::4318")
    options = (*ports, "-v", f"{config}:/etc/jaeger.yaml:ro", "-e", "OTEL_TRACES_SAMPLER=always_off")
    with container("jaeger", "--config", "/etc/jaeger.yaml", options=options) as name:
        yield Jaeger(name)


def _otlp(span: Span) -> dict[str, Any]:
    return {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "parentSpanId": span.parent_span_id or "",
        "name": span.name,
        "kind": KINDS[span.kind],
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(span.end_ns),
        "status": {"code": CODES[span.status.code], "message": span.status.message},
        "attributes": as_attributes(span.attributes),
        "events": [
            {
                "name": one.name,
                "timeUnixNano": str(one.time_ns),
                "attributes": as_attributes(one.attributes),
            }
            for one in span.events
        ],
        "links": [
            {"traceId": one.trace_id, "spanId": one.span_id, "attributes": as_attributes(one.attributes)}
            for one in span.links
        ],
    }


def as_attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in values.items()]


def _value(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case list():
            return {"arrayValue": {"values": [_value(one) for one in value]}}
        case dict():
            return {"kvlistValue": {"values": as_attributes(value)}}
        case None:
            return {}
    return {"stringValue": value}

"""OTLP spans as rows of the trace store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import orjson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans
from opentelemetry.proto.trace.v1.trace_pb2 import Span as ProtoSpan

from almenara_platform.gateway.values import attributes, cut
from almenara_platform.traces.rows import Row, SpanBatch, extra_json, run_name

UNKNOWN_SERVICE = "unknown_service"
_LATEST = 2**63 - 1
_NO_TRACE, _NO_SPAN = bytes(16), bytes(8)


@dataclass(slots=True)
class DecodedSpans:
    """Rows, and how many spans were refused for their own fault with the first such fault."""

    batches: list[SpanBatch] = field(default_factory=list)
    accepted: int = 0
    rejected: int = 0
    fault: str = ""


def decode(request: ExportTraceServiceRequest, limit: int) -> DecodedSpans:
    """The spans of a request; texts longer than ``limit`` are cut."""
    decoded = DecodedSpans()
    for group in request.resource_spans:
        batch = _batch(group, limit)
        for scope in group.scope_spans:
            _add_rows(scope.spans, batch.rows, decoded, limit)
        decoded.accepted += len(batch.rows)
        if batch.rows:
            decoded.batches.append(batch)
    return decoded


def service_name(resource: dict[str, object]) -> str:
    """The service that a resource describes."""
    name = resource.get("service.name")
    return name if isinstance(name, str) and name else UNKNOWN_SERVICE


def _batch(group: ResourceSpans, limit: int) -> SpanBatch:
    resource = attributes(group.resource.attributes, limit)
    return SpanBatch(service_name(resource), orjson.dumps(resource), [])


def _add_rows(spans: Iterable[ProtoSpan], rows: list[Row], decoded: DecodedSpans, limit: int) -> None:
    for span in spans:
        fault = _fault(span)
        if fault:
            decoded.rejected += 1
            decoded.fault = decoded.fault or fault
        else:
            rows.append(_row(span, limit))


def _fault(span: ProtoSpan) -> str | None:
    if len(span.trace_id) != 16 or span.trace_id == _NO_TRACE:
        return "trace_id is not 16 bytes that are not all zero"
    if len(span.span_id) != 8 or span.span_id == _NO_SPAN:
        return "span_id is not 8 bytes that are not all zero"
    if span.start_time_unix_nano > _LATEST or span.end_time_unix_nano > _LATEST:
        return "a time is beyond the year 2262"
    return None


def _row(span: ProtoSpan, limit: int) -> Row:
    found = attributes(span.attributes, limit)
    status = span.status
    return (
        span.trace_id,
        span.span_id,
        _parent(span.parent_span_id),
        cut(span.name, limit),
        span.kind if 0 < span.kind < 6 else 1,
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        status.code if 0 <= status.code < 3 else 0,
        cut(status.message, limit) or None,
        run_name(found),
        orjson.dumps(found),
        _extra(span, limit) if span.events or span.links else None,
    )


def _parent(span_id: bytes) -> bytes | None:
    return span_id if len(span_id) == 8 and span_id != _NO_SPAN else None


def _extra(span: ProtoSpan, limit: int) -> bytes | None:
    events = [
        (cut(event.name, limit), min(event.time_unix_nano, _LATEST), attributes(event.attributes, limit))
        for event in span.events
    ]
    links = [
        (link.trace_id.hex(), link.span_id.hex(), attributes(link.attributes, limit)) for link in span.links
    ]
    return extra_json(events, links)

"""A span as the platform's own API answers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from almenara_platform.traces.formats.values import (
    identifier,
    mapping,
    nanoseconds,
    objects,
    parent_identifier,
)
from almenara_platform.traces.model import Span, SpanEvent, SpanKind, SpanLink, Status, StatusCode, Trace


def is_span(document: Mapping[str, Any]) -> bool:
    """Whether an object looks like a span of the platform's API."""
    return "start_ns" in document


def span(document: Mapping[str, Any], trace_id: Any) -> Span:
    """The span, whole; the trace id stands beside the spans. Raises ``BadRequest``."""
    status = mapping(document.get("status"))
    code, kind = str(status.get("code")), str(document.get("kind"))
    return Span(
        trace_id=identifier(document.get("trace_id", trace_id), "trace_id"),
        span_id=identifier(document.get("span_id"), "span_id"),
        parent_span_id=parent_identifier(document.get("parent_span_id")),
        name=str(document.get("name") or ""),
        service=str(document.get("service") or ""),
        kind=SpanKind(kind) if kind in SpanKind.__members__ else SpanKind.INTERNAL,
        start_ns=nanoseconds(document.get("start_ns"), "start_ns"),
        end_ns=nanoseconds(document.get("end_ns"), "end_ns"),
        status=Status(
            StatusCode(code) if code in StatusCode.__members__ else StatusCode.UNSET,
            str(status.get("message") or ""),
        ),
        attributes=dict(mapping(document.get("attributes"))),
        events=tuple(map(_event, objects(document.get("events")))),
        links=tuple(map(_link, objects(document.get("links")))),
        resource=dict(mapping(document.get("resource"))),
    )


def trace(document: Mapping[str, Any]) -> Trace:
    """A whole trace of the API. Raises ``BadRequest``."""
    trace_id = identifier(document.get("trace_id"), "trace_id")
    spans = tuple(span(one, trace_id) for one in objects(document.get("spans")))
    listed = document.get("notes")
    notes = tuple(map(str, listed)) if isinstance(listed, list) else ()
    return Trace(trace_id, spans, bool(document.get("truncated")), notes)


def _event(document: Mapping[str, Any]) -> SpanEvent:
    return SpanEvent(
        name=str(document.get("name") or ""),
        time_ns=nanoseconds(document.get("time_ns"), "time_ns"),
        attributes=dict(mapping(document.get("attributes"))),
    )


def _link(document: Mapping[str, Any]) -> SpanLink:
    return SpanLink(
        identifier(document.get("trace_id"), "trace_id"),
        identifier(document.get("span_id"), "span_id"),
        dict(mapping(document.get("attributes"))),
    )

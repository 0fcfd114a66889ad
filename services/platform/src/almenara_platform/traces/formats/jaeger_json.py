"""A span of Jaeger's JSON: of its query API or of a file that its console saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from almenara_platform.exceptions import BadRequest
from almenara_platform.traces.formats.values import identifier, mapping, nanoseconds, objects
from almenara_platform.traces.model import Span, SpanEvent, SpanKind, SpanLink, Status, StatusCode

MICROSECOND = 1000
KIND, ERROR, STATUS, MESSAGE = "span.kind", "error", "otel.status_code", "otel.status_description"
_OWN = (KIND, STATUS, MESSAGE)


def is_span(document: Mapping[str, Any]) -> bool:
    """Whether an object looks like a span of Jaeger."""
    return "spanID" in document


def span(document: Mapping[str, Any]) -> Span:
    """The span, without its process. Raises ``BadRequest``.

    The first CHILD_OF reference within the trace is the parent, every other reference a link.
    """
    trace_id = identifier(document.get("traceID"), "trace_id")
    start = _nanoseconds(document, "startTime")
    tags = attributes(document.get("tags"))
    parent, links = _references(document, trace_id)
    return Span(
        trace_id=trace_id,
        span_id=identifier(document.get("spanID"), "span_id"),
        parent_span_id=parent,
        name=str(document.get("operationName") or ""),
        service="",
        kind=_kind(tags.get(KIND)),
        start_ns=start,
        end_ns=start + _nanoseconds(document, "duration"),
        status=_status(tags),
        attributes={key: value for key, value in tags.items() if key not in _OWN},
        events=tuple(map(_event, objects(document.get("logs")))),
        links=links,
    )


def process(document: Any) -> tuple[str, dict[str, Any]]:
    """The service and the resource attributes of a process."""
    found = mapping(document)
    return str(found.get("serviceName") or ""), attributes(found.get("tags"))


def attributes(tags: Any) -> dict[str, Any]:
    """Attributes from Jaeger's list of typed tags."""
    return {str(tag.get("key")): _value(tag) for tag in objects(tags)}


def _value(tag: Mapping[str, Any]) -> Any:
    value = tag.get("value")
    if tag.get("type") == "int64" and isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    return value


def _nanoseconds(document: Mapping[str, Any], name: str) -> int:
    value = document.get(name, 0)
    if not isinstance(value, int | float):
        raise BadRequest(f"{name} {str(value)[:60]!r} is not a number of microseconds", name)
    return nanoseconds(value * MICROSECOND, name)


def _references(document: Mapping[str, Any], trace_id: str) -> tuple[str | None, tuple[SpanLink, ...]]:
    parent = document.get("parentSpanID")
    found = identifier(parent, "span_id") if parent else None
    links = []
    for reference in objects(document.get("references")):
        link = SpanLink(
            identifier(reference.get("traceID"), "trace_id"), identifier(reference.get("spanID"), "span_id")
        )
        child_of = reference.get("refType") == "CHILD_OF" and link.trace_id == trace_id
        if child_of and found in (None, link.span_id):
            found = link.span_id
        else:
            links.append(link)
    return found, tuple(links)


def _kind(text: Any) -> SpanKind:
    name = str(text or "").upper()
    return SpanKind(name) if name in SpanKind.__members__ else SpanKind.INTERNAL


def _status(tags: Mapping[str, Any]) -> Status:
    name = str(tags.get(STATUS) or "").upper()
    failed = name == "ERROR" or tags.get(ERROR) in (True, "true")
    code = StatusCode.ERROR if failed else StatusCode.OK if name == "OK" else StatusCode.UNSET
    return Status(code, str(tags.get(MESSAGE) or ""))


def _event(log: Mapping[str, Any]) -> SpanEvent:
    fields = attributes(log.get("fields"))
    name = fields.pop("event", None) or fields.pop("message", None) or "log"
    return SpanEvent(name=str(name), time_ns=_nanoseconds(log, "timestamp"), attributes=fields)

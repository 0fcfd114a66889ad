"""A span of OTLP/JSON, in the camel case of the specification or the snake case of some writers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from almenara_platform.traces.formats.values import (
    identifier,
    mapping,
    nanoseconds,
    objects,
    parent_identifier,
)
from almenara_platform.traces.model import Span, SpanEvent, SpanKind, SpanLink, Status, StatusCode

KINDS = (
    SpanKind.INTERNAL,
    SpanKind.INTERNAL,
    SpanKind.SERVER,
    SpanKind.CLIENT,
    SpanKind.PRODUCER,
    SpanKind.CONSUMER,
)
"""By their number in opentelemetry.proto.trace.v1; unspecified is taken as internal, as it says."""
CODES = (StatusCode.UNSET, StatusCode.OK, StatusCode.ERROR)


def is_span(document: Mapping[str, Any]) -> bool:
    """Whether an object looks like a span of OTLP."""
    return "startTimeUnixNano" in document or "start_time_unix_nano" in document


def span(document: Mapping[str, Any]) -> Span:
    """The span, without the resource around it. Raises ``BadRequest``."""
    status = mapping(_member(document, "status"))
    code = _number(_member(status, "code"), "STATUS_CODE_", [code.value for code in CODES])
    kind = _number(_member(document, "kind"), "SPAN_KIND_", ["UNSPECIFIED", *map(str, KINDS[1:])])
    return Span(
        trace_id=identifier(_member(document, "traceId"), "trace_id"),
        span_id=identifier(_member(document, "spanId"), "span_id"),
        parent_span_id=parent_identifier(_member(document, "parentSpanId")),
        name=str(_member(document, "name") or ""),
        service="",
        kind=KINDS[kind],
        start_ns=_time(document, "startTimeUnixNano"),
        end_ns=_time(document, "endTimeUnixNano"),
        status=Status(CODES[code], str(_member(status, "message") or "")),
        attributes=attributes(_member(document, "attributes")),
        events=tuple(map(_event, objects(_member(document, "events")))),
        links=tuple(map(_link, objects(_member(document, "links")))),
    )


def attributes(pairs: Any) -> dict[str, Any]:
    """Attributes from OTLP's list of keys and typed values."""
    return {str(pair.get("key")): value(pair.get("value")) for pair in objects(pairs)}


def value(typed: Any) -> Any:
    """The value of an ``AnyValue``: text, number, truth, bytes in base64, list or mapping."""
    for kind, content in mapping(typed).items():
        match kind:
            case "intValue" | "int_value":
                return int(content) if str(content).lstrip("-").isdigit() else content
            case "arrayValue" | "array_value":
                return [value(one) for one in objects(mapping(content).get("values"))]
            case "kvlistValue" | "kvlist_value":
                return attributes(mapping(content).get("values"))
            case _:
                return content
    return None


def _event(document: Mapping[str, Any]) -> SpanEvent:
    return SpanEvent(
        name=str(_member(document, "name") or ""),
        time_ns=_time(document, "timeUnixNano"),
        attributes=attributes(_member(document, "attributes")),
    )


def _link(document: Mapping[str, Any]) -> SpanLink:
    return SpanLink(
        trace_id=identifier(_member(document, "traceId"), "trace_id"),
        span_id=identifier(_member(document, "spanId"), "span_id"),
        attributes=attributes(_member(document, "attributes")),
    )


def _time(document: Mapping[str, Any], name: str) -> int:
    return nanoseconds(_member(document, name), name)


def _member(document: Mapping[str, Any], name: str) -> Any:
    """A member by its camel case name, else by the same name in snake case."""
    if name in document:
        return document[name]
    return document.get(_in_snake_case(name))


@cache
def _in_snake_case(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def _number(enumerated: Any, prefix: str, names: list[str]) -> int:
    """The number of an enumeration that is written as a number or as a name; 0 for what is not known."""
    if isinstance(enumerated, str):
        name = enumerated.upper().removeprefix(prefix)
        return names.index(name) if name in names else 0
    return enumerated if isinstance(enumerated, int) and 0 <= enumerated < len(names) else 0

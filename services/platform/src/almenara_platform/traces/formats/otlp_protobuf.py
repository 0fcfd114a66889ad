"""Spans of OTLP in protobuf: ``TracesData`` or, which is the same on the wire, an export request."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2

from almenara_platform.exceptions import BadRequest
from almenara_platform.traces.formats.otlp_json import CODES, KINDS
from almenara_platform.traces.formats.values import identifier, nanoseconds, parent_identifier
from almenara_platform.traces.model import Span, SpanEvent, SpanLink, Status

T = TypeVar("T")


def spans(body: bytes) -> Iterator[Span]:
    """Every span with its resource. Raises ``BadRequest`` for what is no such message."""
    data = trace_pb2.TracesData()
    try:
        data.ParseFromString(body)
    except DecodeError as error:
        raise BadRequest("this is neither JSON nor OTLP in protobuf") from error
    for group in data.resource_spans:
        resource = attributes(group.resource.attributes)
        for scope in group.scope_spans:
            for found in scope.spans:
                yield span(found, resource)


def span(found: trace_pb2.Span, resource: dict[str, Any]) -> Span:
    """One span with the attributes of its resource. Raises ``BadRequest``."""
    return Span(
        trace_id=identifier(found.trace_id, "trace_id"),
        span_id=identifier(found.span_id, "span_id"),
        parent_span_id=parent_identifier(found.parent_span_id),
        name=found.name,
        service=str(resource.get("service.name") or ""),
        kind=_known(KINDS, found.kind),
        start_ns=nanoseconds(found.start_time_unix_nano, "start_time_unix_nano"),
        end_ns=nanoseconds(found.end_time_unix_nano, "end_time_unix_nano"),
        status=Status(_known(CODES, found.status.code), found.status.message),
        attributes=attributes(found.attributes),
        events=tuple(map(_event, found.events)),
        links=tuple(map(_link, found.links)),
        resource=resource,
    )


def attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    """Attributes from OTLP's list of keys and typed values."""
    return {pair.key: value(pair.value) for pair in pairs}


def value(typed: AnyValue) -> Any:
    """The value of an ``AnyValue``: text, number, truth, bytes in base64, list or mapping."""
    kind = typed.WhichOneof("value")
    match kind:
        case None:
            return None
        case "array_value":
            return [value(one) for one in typed.array_value.values]
        case "kvlist_value":
            return attributes(typed.kvlist_value.values)
        case "bytes_value":
            return base64.b64encode(typed.bytes_value).decode()
        case _:
            return getattr(typed, kind)


def _event(found: trace_pb2.Span.Event) -> SpanEvent:
    time = nanoseconds(found.time_unix_nano, "time_unix_nano")
    return SpanEvent(found.name, time, attributes(found.attributes))


def _link(found: trace_pb2.Span.Link) -> SpanLink:
    trace_id, span_id = identifier(found.trace_id, "trace_id"), identifier(found.span_id, "span_id")
    return SpanLink(trace_id, span_id, attributes(found.attributes))


def _known(members: Sequence[T], number: int) -> T:
    """A member by its number, the first one for a number that is not known here."""
    return members[number if 0 <= number < len(members) else 0]

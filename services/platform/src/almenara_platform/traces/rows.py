"""Spans as the rows in which they are stored, so that a stream of them never becomes objects.

A batch holds spans of one resource; a row is ``(trace_id, span_id, parent_span_id, name, kind, start_ns,
end_ns, status, message, run, attributes, extra)``: ids as bytes, kind and status code as OpenTelemetry's
numbers, ``run`` the id and pipeline of the run the span belongs to, ``attributes`` a JSON object in bytes,
``extra`` events and links in the same form; None where there is nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import orjson

from almenara_platform.traces.model import Span, SpanEvent, SpanKind, SpanLink, Status, StatusCode

RUN_ID = "openlineage.run_id"
PIPELINE = "openlineage.job.name"
RunName = tuple[str, str | None]
Row = tuple[
    bytes, bytes, bytes | None, str, int, int, int, int, str | None, RunName | None, bytes, bytes | None
]

_KINDS = (
    SpanKind.INTERNAL,
    SpanKind.INTERNAL,
    SpanKind.SERVER,
    SpanKind.CLIENT,
    SpanKind.PRODUCER,
    SpanKind.CONSUMER,
)
_KIND_NUMBERS = {kind: number for number, kind in enumerate(_KINDS)}
_CODES = tuple(StatusCode)
_WITHOUT_MESSAGE = tuple(Status(code) for code in _CODES)


@dataclass(frozen=True, slots=True)
class SpanBatch:
    """Rows of spans of one service; ``resource`` is its JSON object in bytes."""

    service: str
    resource: bytes
    rows: list[Row]


def encode(spans: Sequence[Span]) -> list[SpanBatch]:
    """Spans as batches of rows."""
    keyed = [((span.service, orjson.dumps(dict(span.resource))), _row(span)) for span in spans]
    keyed.sort(key=lambda item: item[0])
    grouped = groupby(keyed, key=lambda item: item[0])
    return [SpanBatch(service, resource, [row for _, row in rows]) for (service, resource), rows in grouped]


def decode(row: Sequence[Any], service: str, resource: Mapping[str, Any]) -> Span:
    """The span in a row."""
    trace_id, span_id, parent, name, kind, start_ns, end_ns, code, message, _, attributes, extra = row
    events, links = _events_and_links(extra) if extra else ((), ())
    return Span(
        trace_id=trace_id.hex(),
        span_id=span_id.hex(),
        parent_span_id=parent.hex() if parent else None,
        name=name,
        service=service,
        kind=_KINDS[kind],
        start_ns=start_ns,
        end_ns=end_ns,
        status=Status(_CODES[code], message) if message else _WITHOUT_MESSAGE[code],
        attributes=orjson.loads(attributes),
        events=events,
        links=links,
        resource=resource,
    )


def extra_json(events: Sequence[Sequence[Any]], links: Sequence[Sequence[Any]]) -> bytes | None:
    """Events ``(name, time_ns, attributes)`` and links ``(trace_id, span_id, attributes)`` in bytes."""
    return orjson.dumps({"events": events, "links": links}) if events or links else None


def _events_and_links(extra: bytes) -> tuple[tuple[SpanEvent, ...], tuple[SpanLink, ...]]:
    more = orjson.loads(extra)
    return tuple(SpanEvent(*one) for one in more["events"]), tuple(SpanLink(*one) for one in more["links"])


def run_name(attributes: Mapping[str, Any]) -> RunName | None:
    """The run that a span with these attributes belongs to."""
    run_id = attributes.get(RUN_ID)
    if not isinstance(run_id, str):
        return None
    pipeline = attributes.get(PIPELINE)
    return run_id, pipeline if isinstance(pipeline, str) else None


def _row(span: Span) -> Row:
    return (
        bytes.fromhex(span.trace_id),
        bytes.fromhex(span.span_id),
        bytes.fromhex(span.parent_span_id) if span.parent_span_id else None,
        span.name,
        _KIND_NUMBERS[span.kind],
        span.start_ns,
        span.end_ns,
        _CODES.index(span.status.code),
        span.status.message or None,
        run_name(span.attributes),
        orjson.dumps(dict(span.attributes)),
        extra_json(
            [(event.name, event.time_ns, dict(event.attributes)) for event in span.events],
            [(link.trace_id, link.span_id, dict(link.attributes)) for link in span.links],
        ),
    )

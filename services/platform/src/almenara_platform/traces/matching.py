"""Whether a span meets the conditions of a query, for stores that filter in Python."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import orjson

from almenara_platform import cursor as cursors
from almenara_platform.clock import to_nanos
from almenara_platform.exceptions import BadCursor
from almenara_platform.traces.model import Span, StatusCode, TraceSummary
from almenara_platform.traces.port import TraceQuery

NANOSECONDS = 1_000_000_000
DATABASE_ATTRIBUTES = ("db.system.name", "db.system")


def as_text(value: Any) -> str:
    """An attribute as a query compares it: texts as they are, everything else as JSON writes it."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def matches(span: Span, query: TraceQuery) -> bool:
    """Whether this span meets every condition but those of time."""
    return (
        (query.service is None or span.service == query.service)
        and (query.operation is None or span.name == query.operation)
        and (query.error is None or (span.status.code is StatusCode.ERROR) == query.error)
        and (query.min_duration is None or span.duration_ns >= query.min_duration * NANOSECONDS)
        and (query.max_duration is None or span.duration_ns <= query.max_duration * NANOSECONDS)
        and (not query.database or any(name in span.attributes for name in DATABASE_ATTRIBUTES))
        and all(
            key in span.attributes and as_text(span.attributes[key]) == v
            for key, v in query.attributes.items()
        )
    )


def within(spans: Sequence[Span], query: TraceQuery) -> bool:
    """Whether a trace, of one span or more, started in the time of the query."""
    start = min(span.start_ns for span in spans)
    return (query.since is None or start >= to_nanos(query.since)) and (
        query.until is None or start < to_nanos(query.until)
    )


def position(cursor: str) -> tuple[int, str]:
    """Start and id of the trace where a page ended; raises ``BadCursor``."""
    start_ns, trace_id = cursors.decode(cursor, int, str)
    if not re.fullmatch("[0-9a-f]{32}", trace_id):
        raise BadCursor("This cursor is not one of this list; start without a cursor.", "cursor")
    return start_ns, trace_id


def summarise(trace_id: str, spans: Sequence[Span]) -> TraceSummary:
    """A trace in a list. Its root is the earliest span whose parent is not known."""
    known = {span.span_id for span in spans}
    ordered = sorted(spans, key=lambda span: (span.start_ns, -span.end_ns, span.span_id))
    root = next((span for span in ordered if span.parent_span_id not in known), ordered[0])
    of_run = next((span for span in ordered if "openlineage.run_id" in span.attributes), None)
    start = ordered[0].start_ns
    return TraceSummary(
        trace_id=trace_id,
        service=root.service,
        name=root.name,
        start_ns=start,
        duration_ns=max(span.end_ns for span in spans) - start,
        spans=len(spans),
        errors=sum(span.status.code is StatusCode.ERROR for span in spans),
        run_id=_attribute(of_run, "openlineage.run_id"),
        pipeline=_attribute(of_run, "openlineage.job.name"),
    )


def _attribute(span: Span | None, name: str) -> str | None:
    value = span.attributes.get(name) if span else None
    return None if value is None else as_text(value)

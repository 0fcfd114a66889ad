"""Spans as services send them."""

from __future__ import annotations

from typing import Any

from almenara_platform.traces.model import Span, SpanKind, Status, StatusCode

NOON_NS = 1_772_366_400_000_000_000
SECOND = 1_000_000_000


def span(
    trace: int,
    number: int,
    parent: int | None = None,
    *,
    start: float = 0,
    seconds: float = 1,
    name: str = "work",
    service: str = "worker-etl",
    error: str | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: dict[str, Any] | None = None,
    **more: Any,
) -> Span:
    """A span of the trace with this number, so many seconds after noon."""
    start_ns = NOON_NS + round(start * SECOND)
    return Span(
        trace_id=f"{trace:032x}",
        span_id=f"{number:016x}",
        parent_span_id=None if parent is None else f"{parent:016x}",
        name=name,
        service=service,
        kind=kind,
        start_ns=start_ns,
        end_ns=start_ns + round(seconds * SECOND),
        status=Status() if error is None else Status(StatusCode.ERROR, error),
        attributes=attributes or {},
        **more,
    )

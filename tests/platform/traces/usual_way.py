"""The critical path the usual way: recursive, and searching all spans again for every step."""

from __future__ import annotations

from collections.abc import Iterator

from almenara_platform.traces.model import Span, SpanKind, Trace


def critical_path(trace: Trace) -> list[tuple[str, int, int]]:
    """Sections of the path under the span without a parent in the order of time."""
    (root,) = [span for span in trace.spans if span.parent_span_id is None]
    return list(_walk(trace, root, root.start_ns, max(root.start_ns, root.end_ns)))[::-1]


def _walk(trace: Trace, span: Span, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    cursor = end
    while before := _last_finished(trace, span, start, end, cursor):
        child, begin, stop = before
        if stop < cursor:
            yield span.span_id, stop, cursor
        yield from _walk(trace, child, begin, stop)
        cursor = begin
    if start < cursor:
        yield span.span_id, start, cursor


def _last_finished(
    trace: Trace, span: Span, start: int, end: int, cursor: int
) -> tuple[Span, int, int] | None:
    clipped = [
        (child, max(child.start_ns, start), min(child.end_ns, end))
        for child in trace.spans
        if child.parent_span_id == span.span_id and not _message(span, child)
    ]
    finished = [(child, begin, stop) for child, begin, stop in clipped if begin < stop <= cursor]
    return min(finished, key=lambda at: (-at[2], at[1], at[0].span_id), default=None)


def _message(parent: Span, child: Span) -> bool:
    received = child.kind is SpanKind.CONSUMER
    return received and (parent.kind is SpanKind.PRODUCER or parent.service != child.service)

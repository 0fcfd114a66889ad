"""The trace store in memory: for tests and for looking around; gone with the process."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from threading import Lock

import orjson

from almenara_platform import cursor
from almenara_platform.clock import to_nanos
from almenara_platform.page import Page
from almenara_platform.traces.matching import matches, position, summarise, within
from almenara_platform.traces.model import Span, Trace, TraceSummary
from almenara_platform.traces.port import TraceQuery
from almenara_platform.traces.rows import SpanBatch, decode


class MemoryTraceStore:
    """A ``WritableTraceStore`` of plain dictionaries."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._traces: dict[str, dict[tuple[str, int], Span]] = {}

    def add(self, spans: Sequence[Span]) -> None:
        with self._lock:
            for span in spans:
                self._traces.setdefault(span.trace_id, {}).setdefault((span.span_id, span.start_ns), span)

    def add_batches(self, batches: Sequence[SpanBatch]) -> None:
        for batch in batches:
            resource = orjson.loads(batch.resource)
            self.add([decode(row, batch.service, resource) for row in batch.rows])

    def trace(self, trace_id: str) -> Trace | None:
        with self._lock:
            spans = list(self._traces.get(trace_id, {}).values())
        if not spans:
            return None
        return Trace(trace_id, tuple(sorted(spans, key=lambda span: (span.start_ns, span.span_id))))

    def outline(self, trace_id: str) -> Trace | None:
        return self.trace(trace_id)

    def find(self, query: TraceQuery) -> Page[TraceSummary]:
        after = position(query.cursor) if query.cursor else None
        with self._lock:
            traces = {trace_id: list(spans.values()) for trace_id, spans in self._traces.items()}
        found = [
            summarise(trace_id, spans)
            for trace_id, spans in traces.items()
            if any(matches(span, query) for span in spans) and within(spans, query)
        ]
        ordered = sorted(found, key=_position, reverse=True)
        rest = [summary for summary in ordered if after is None or _position(summary) < after]
        page = rest[: query.limit]
        return Page(page, cursor.encode(*_position(page[-1])) if len(rest) > len(page) else None)

    def services(self) -> Sequence[str]:
        with self._lock:
            return sorted({span.service for spans in self._traces.values() for span in spans.values()})

    def forget(self, before: datetime) -> int:
        limit = to_nanos(before)
        with self._lock:
            ends = {key: max(span.end_ns for span in spans.values()) for key, spans in self._traces.items()}
            return sum(len(self._traces.pop(key)) for key, end in ends.items() if end < limit)

    def size_bytes(self) -> int:
        return 0

    def ping(self) -> None:
        """Memory always answers."""

    def close(self) -> None:
        """Nothing to release."""


def _position(summary: TraceSummary) -> tuple[int, str]:
    return summary.start_ns, summary.trace_id

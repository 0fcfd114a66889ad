"""Spans of unsampled traces, held until it is known whether one of them failed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import StatusCode

from almenara.guard import guarded
from almenara.masking import Masking
from almenara.sink.port import Sink
from almenara.traces.masked import masked

MAX_TRACES = 1_000
MAX_SPANS_PER_TRACE = 2_000


@dataclass(slots=True)
class _Held:
    open: int = 0
    failed: bool = False
    spans: list[ReadableSpan] = field(default_factory=list)


class FailedTracesProcessor(SpanProcessor):
    """Exports an unsampled trace whole when one of its spans in this process ended with an error.

    The spans of a trace are held until the last open one has ended, which is when its local root ends or,
    when something outlives it, shortly after. At most ``max_traces`` traces of ``max_spans`` spans are held;
    beyond that the oldest trace, or the further spans, are given up and counted by ``on_drop``. Children in
    other processes were told that the trace is not sampled, so they are missing: only a collector that sees
    all spans (tail sampling) can keep those.
    """

    def __init__(
        self,
        sink: Sink,
        masking: Masking,
        on_drop: Callable[[int], None],
        max_traces: int = MAX_TRACES,
        max_spans: int = MAX_SPANS_PER_TRACE,
    ) -> None:
        self._sink = sink
        self._masking = masking
        self._on_drop = on_drop
        self._max_traces = max_traces
        self._max_spans = max_spans
        self._lock = threading.Lock()
        self._held: OrderedDict[int, _Held] = OrderedDict()

    @guarded("traces")
    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Count the span as open."""
        context = span.get_span_context()
        if context is None or context.trace_flags.sampled:
            return
        with self._lock:
            held = self._held.setdefault(context.trace_id, _Held())
            held.open += 1
            if len(self._held) > self._max_traces:
                _, oldest = self._held.popitem(last=False)
                self._on_drop(len(oldest.spans))

    @guarded("traces")
    def on_end(self, span: ReadableSpan) -> None:
        """Hold the span; with the last one decide."""
        context = span.get_span_context()
        if context is None or context.trace_flags.sampled:
            return
        with self._lock:
            finished = self._end(context.trace_id, span)
        if finished.failed:
            self._sink.spans([masked(held, self._masking) for held in finished.spans])

    def _end(self, trace_id: int, span: ReadableSpan) -> _Held:
        held = self._held.get(trace_id)
        if held is None:
            return _Held()
        held.open -= 1
        held.failed = held.failed or span.status.status_code is StatusCode.ERROR
        if len(held.spans) < self._max_spans:
            held.spans.append(span)
        else:
            self._on_drop(1)
        return self._held.pop(trace_id) if held.open <= 0 else _Held()

"""The open local roots: the first span of each trace in this process."""

from __future__ import annotations

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from almenara.guard import guarded


class LocalRoots(SpanProcessor):
    """Knows the open spans that have no parent in this process, such as the SERVER span of a request."""

    def __init__(self) -> None:
        self._open: dict[int, Span] = {}

    @guarded("traces")
    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Keep a root."""
        if span.parent is None or span.parent.is_remote:
            self._open[span.get_span_context().trace_id] = span

    @guarded("traces")
    def on_end(self, span: ReadableSpan) -> None:
        """Forget a root."""
        if span.parent is None or span.parent.is_remote:
            context = span.get_span_context()
            self._open.pop(context.trace_id if context else 0, None)

    def spans_above(self, span: trace.Span) -> list[trace.Span]:
        """``span`` and its open local root, without those that record nothing."""
        root = self._open.get(span.get_span_context().trace_id)
        above: list[trace.Span] = [span] if root is None or root is span else [span, root]
        return [candidate for candidate in above if candidate.is_recording()]

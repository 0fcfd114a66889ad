"""What happens to a span when it starts and when it ends."""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry import baggage
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from almenara.guard import guarded
from almenara.masking import Masking
from almenara.scope import current_scope
from almenara.sink.port import Sink
from almenara.traces.masked import masked


class StampingProcessor(SpanProcessor):
    """Gives every span of a run the ids it is found by, and the baggage that is on the allow-list."""

    def __init__(self, baggage_keys: Sequence[str]) -> None:
        self._baggage_keys = tuple(baggage_keys)

    @guarded("traces")
    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Stamp the span."""
        attributes = current_scope(parent_context).span_attributes
        entries = baggage.get_all(parent_context)
        if entries:
            chosen = {key: str(entries[key]) for key in self._baggage_keys if key in entries}
            attributes = {**attributes, **chosen}
        if attributes:
            span.set_attributes(attributes)


class SinkProcessor(SpanProcessor):
    """Hands sampled spans to a sink when they end, secrets masked."""

    def __init__(self, sink: Sink, masking: Masking) -> None:
        self._sink = sink
        self._masking = masking

    @guarded("traces")
    def on_end(self, span: ReadableSpan) -> None:
        """Hand the span over."""
        context = span.get_span_context()
        if context is not None and context.trace_flags.sampled:
            self._sink.spans((masked(span, self._masking),))

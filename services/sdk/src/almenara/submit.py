"""A run that was accepted and waits for a worker."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from openlineage.client.event_v2 import RunState
from opentelemetry import context as otel
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from almenara.guard import guarded
from almenara.ids import canonical_run_id
from almenara.lineage import EventContext, run_event
from almenara.outcome import ErrorInfo, mark_span, outcome_of
from almenara.scope import run_scope, with_scope
from almenara.traces import carrier

if TYPE_CHECKING:
    from almenara.pipeline import Pipeline
    from almenara.runtime import Telemetry


class Ticket:
    """What a worker needs to continue: ``run_id``, ``trace_id`` and ``context``, the carrier of the trace.

    Made by ``Pipeline.submit``; use it as context manager.
    """

    def __init__(self, pipeline: Pipeline, telemetry: Telemetry, queue: str, run_id: str | None) -> None:
        self.run_id = canonical_run_id(run_id) if run_id else telemetry.ids.run_id()
        self.trace_id = ""
        self.context: dict[str, str] = {}
        self._pipeline = pipeline
        self._telemetry = telemetry
        self._queue = queue
        self._namespace = pipeline.namespace or telemetry.settings.namespace
        self._scope = run_scope(self._namespace, pipeline.name, self.run_id)
        self._span: trace.Span = trace.INVALID_SPAN

    def __enter__(self) -> Self:
        self._previous = otel.get_current()
        self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, stack: TracebackType | None
    ) -> None:
        self._close(error)
        otel.attach(self._previous)

    @guarded("submit")
    def _open(self) -> None:
        for span in self._telemetry.roots.spans_above(trace.get_current_span()):
            span.set_attributes(self._scope.span_attributes)
        context = with_scope(self._scope)
        self._span = self._telemetry.tracer.start_span(
            f"send {self._queue}",
            context,
            kind=SpanKind.PRODUCER,
            attributes={"messaging.destination.name": self._queue, "messaging.operation.type": "send"},
        )
        context = trace.set_span_in_context(self._span, context)
        otel.attach(context)
        self._events = self._event_context()
        self.trace_id = self._events.trace_id
        self.context = carrier(context)
        self._emit(RunState.OTHER, state="QUEUED")

    def _event_context(self) -> EventContext:
        span = self._span.get_span_context()
        return EventContext(
            self._namespace,
            self._pipeline.name,
            self.run_id,
            format(span.trace_id, "032x") if span.is_valid else "",
            format(span.span_id, "016x") if span.is_valid else "",
            int(span.trace_flags) & 1,
            self._pipeline.description,
            self._pipeline.owner,
        )

    @guarded("submit")
    def _close(self, error: BaseException | None) -> None:
        if error is not None:
            outcome = outcome_of(error, self._telemetry.logs.bounds)
            mark_span(self._span, outcome, error)
            self._emit(RunState.ABORT, error=outcome.error)
        self._span.end()

    def _emit(self, event: RunState, *, state: str | None = None, error: ErrorInfo | None = None) -> None:
        progress: dict[str, Any] = {"state": state, "queue": self._queue}
        told = (f"{error.type}: {error.message}", error.stack) if error else None
        now = self._telemetry.clock.time_ns()
        self._telemetry.sink.lineage(run_event(self._events, event, now, progress, error=told))

"""A block outside of any run that is logged, timed and traced."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from opentelemetry import context as otel
from opentelemetry import trace

from almenara import events, runtime
from almenara.guard import guarded
from almenara.outcome import Outcome, State, mark_span, outcome_of
from almenara.scope import Scope, with_scope


class Execution:
    """One execution of a function called ``name``."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._telemetry = runtime.current()
        self._span: trace.Span = trace.INVALID_SPAN

    def __enter__(self) -> Self:
        self._previous = otel.get_current()
        self._started = self._telemetry.clock.monotonic()
        self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, stack: TracebackType | None
    ) -> None:
        self._close(error)
        otel.attach(self._previous)

    @guarded("execution")
    def _open(self) -> None:
        context = with_scope(Scope(stage=self._name))
        self._span = self._telemetry.tracer.start_span(self._name, context)
        otel.attach(trace.set_span_in_context(self._span, context))
        self._telemetry.logs.journal.info(events.STAGE_STARTED)

    @guarded("execution")
    def _close(self, error: BaseException | None) -> None:
        outcome = outcome_of(error, self._telemetry.logs.bounds)
        mark_span(self._span, outcome, error)
        self._log(outcome, self._telemetry.clock.monotonic() - self._started)
        self._span.end()

    def _log(self, outcome: Outcome, duration: float) -> None:
        journal = self._telemetry.logs.journal
        if outcome.error is None:
            journal.info(events.STAGE_COMPLETED, duration_sec=duration)
            return
        failed = outcome.state is State.FAIL
        journal.write(
            "ERROR" if failed else "WARNING",
            events.STAGE_FAILED if failed else events.STAGE_ABORTED,
            {"duration_sec": duration, **outcome.error.as_fields()},
        )

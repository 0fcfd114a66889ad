"""A run of a pipeline: one description, four signals."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from openlineage.client.event_v2 import RunState
from opentelemetry import context as otel
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from almenara import events, lifecycle
from almenara.check import QualityRecorder
from almenara.dataset import Dataset, DatasetUse
from almenara.exceptions import UsageError
from almenara.guard import guarded
from almenara.ids import canonical_run_id
from almenara.lineage import EventContext, run_event
from almenara.lineage.events import ParentRun
from almenara.lineage.sql import SqlRecorder
from almenara.logs.place import bound_logger
from almenara.outcome import COMPLETED, ErrorInfo, Outcome, State, mark_span, outcome_of
from almenara.progress import Progress
from almenara.quality import CheckResult, Thresholds
from almenara.scope import current_scope, run_scope, with_scope
from almenara.stage import Stage
from almenara.traces import context_from

if TYPE_CHECKING:
    from loguru import Logger

    from almenara.pipeline import Pipeline
    from almenara.runtime import Telemetry

_EVENTS = {State.COMPLETE: RunState.COMPLETE, State.FAIL: RunState.FAIL, State.ABORT: RunState.ABORT}
_RUN_KEY = otel.create_key("almenara-run")


def current_run() -> Run | None:
    """The innermost open run of this context."""
    run = otel.get_value(_RUN_KEY)
    return run if isinstance(run, Run) else None


class Run:
    """One execution of a pipeline. Made by ``Pipeline.run``; use it as context manager.

    It ends as COMPLETE, as ABORT when a KeyboardInterrupt, SystemExit or cancellation leaves the block,
    Ctrl-C ends a query of DuckDB or SIGTERM has told the process to leave, and as FAIL for any other
    exception; the exception itself is always passed on.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        telemetry: Telemetry,
        run_id: str | None,
        carrier: Mapping[str, str] | None,
        attempt: int,
        source_code: str,
    ) -> None:
        self.pipeline = pipeline
        self.telemetry = telemetry
        self.run_id = canonical_run_id(run_id) if run_id else telemetry.ids.run_id()
        self.namespace = pipeline.namespace or telemetry.settings.namespace
        self.scope = run_scope(self.namespace, pipeline.name, self.run_id)
        self.span: trace.Span = trace.INVALID_SPAN
        self.trace_id = ""
        self._carrier = carrier
        self._source_code = source_code
        self._progress = Progress(attempt, telemetry.settings.heartbeat_seconds)
        self._quality = QualityRecorder(self)
        self.sql = SqlRecorder(self)
        self._inputs: dict[Dataset, DatasetUse] = {}
        self._outputs: dict[Dataset, DatasetUse] = {}
        self._emitting = threading.Lock()
        self._open = self._ended = False
        self._error: BaseException | None = None
        self._pid = os.getpid()

    def __enter__(self) -> Self:
        if self._open or self._ended:
            raise UsageError("a run can be entered once; call Pipeline.run() again for another")
        self._previous = self.context = otel.get_current()
        self._started = self.telemetry.clock.monotonic()
        with lifecycle.shielded():
            self._open = True
            self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, stack: TracebackType | None
    ) -> None:
        with lifecycle.shielded():
            self._end(error)
            otel.attach(self._previous)

    @property
    def log(self) -> Logger:
        """A loguru logger whose lines belong to this run, in whatever thread it is used."""
        return bound_logger(self.scope, self.span)

    def stage(self, name: str) -> Stage:
        """A step of this run; use it as context manager."""
        return Stage(self, name)

    def check_quality(
        self,
        table: str,
        frame: Any,
        *,
        dataset: Dataset | None = None,
        min_rows: int | None = None,
        max_null_pct: float | Mapping[str, float] | None = None,
        unique: str | Sequence[str | Sequence[str]] = (),
        accepted_values: Mapping[str, Iterable[Any]] | None = None,
        freshness: Mapping[str, timedelta] | None = None,
        optional: str | Sequence[str] = (),
        on_failure: Literal["warn", "fail"] = "warn",
    ) -> tuple[CheckResult, ...]:
        """Measure ``frame`` and compare it with the thresholds that are given.

        The results go to the log, the metrics, the run's progress and, as dataQualityMetrics and
        dataQualityAssertions, to the dataset: ``dataset``, or else the one that is read or written with this
        very frame, before the check or after it, or whose name ends in ``table``. With ``on_failure="fail"``
        a threshold that is not kept raises QualityError, which fails the run; with "warn" it is a warning.
        The thresholds are explained at ``almenara.quality.Thresholds``.
        """
        if on_failure not in ("warn", "fail"):
            raise UsageError(f"on_failure must be 'warn' or 'fail', got {on_failure!r}")
        thresholds = Thresholds(
            min_rows,
            max_null_pct,
            (unique,) if isinstance(unique, str) else tuple(unique),
            dict(accepted_values or {}),
            dict(freshness or {}),
            (optional,) if isinstance(optional, str) else tuple(optional),
        )
        return self._quality.check(table, frame, dataset, thresholds, fail=on_failure == "fail")

    def abort(self, reason: str) -> None:
        """End the run as ABORT from outside of its block, as when the process ends."""
        self._finish(Outcome(State.ABORT, ErrorInfo("Aborted", reason, "")), None)

    def beat(self) -> None:
        """Bring counts into the metrics, and send progress or a heartbeat when one is due."""
        self._progress.flush_stages()
        heartbeat = self._progress.due(self.telemetry.clock.monotonic())
        if heartbeat is not None:
            with self._emitting:
                if self._open:
                    self._emit(RunState.RUNNING, heartbeat=heartbeat)

    def add_input(self, use: DatasetUse) -> None:
        """Take ``use`` as an input."""
        self._quality.declared(_add(self._inputs, use))
        self._progress.touch()

    def add_output(self, use: DatasetUse) -> None:
        """Take ``use`` as an output."""
        self._quality.declared(_add(self._outputs, use))
        self._progress.touch()

    def has_read(self, dataset: Dataset) -> bool:
        """Whether ``dataset`` is an input so far."""
        return dataset in self._inputs

    def uses(self) -> list[DatasetUse]:
        """Every dataset of this run, inputs first."""
        return [*self._inputs.values(), *self._outputs.values()]

    def stage_opened(self, stage: Stage) -> None:
        """Take ``stage`` into the progress."""
        self._progress.add_stage(stage)

    def stage_closed(self, stage: Stage, error: BaseException | None) -> None:
        """Take note of a stage's end; an error that it counted is not counted again by the run."""
        self._error = error
        self._progress.remove_open(stage)

    def add_quality(self, results: Iterable[CheckResult]) -> None:
        """Take ``results`` into the progress."""
        self._progress.add_quality(results)

    @guarded("run")
    def _begin(self) -> None:
        outer = self._previous if self._carrier is None else context_from(self._carrier)
        context = otel.set_value(_RUN_KEY, self, with_scope(self.scope, outer))
        self.span = self.telemetry.tracer.start_span(
            self.pipeline.name,
            context,
            kind=SpanKind.INTERNAL if self._carrier is None else SpanKind.CONSUMER,
            attributes={"almenara.attempt": self._progress.attempt},
        )
        self.context = trace.set_span_in_context(self.span, context)
        otel.attach(self.context)
        self._events = self._event_context(outer)
        self.trace_id = self._events.trace_id
        self.telemetry.metrics.active_jobs.labels(self.pipeline.name).inc()
        self._emit(RunState.START, heartbeat=self.telemetry.settings.heartbeat_seconds > 0)
        self.telemetry.logs.journal.info(events.RUN_STARTED, attempt=self._progress.attempt)
        self.telemetry.opened(self)

    def _event_context(self, outer: otel.Context) -> EventContext:
        span = self.span.get_span_context()
        scope = current_scope(outer)
        parent = ParentRun(scope.namespace, scope.pipeline, scope.run_id) if scope.run_id else None
        return EventContext(
            self.namespace,
            self.pipeline.name,
            self.run_id,
            format(span.trace_id, "032x") if span.is_valid else "",
            format(span.span_id, "016x") if span.is_valid else "",
            int(span.trace_flags) & 1,
            self.pipeline.description,
            self.pipeline.owner,
            self._source_code,
            parent or self.telemetry.parent_run,
        )

    def _end(self, error: BaseException | None) -> None:
        self._finish(COMPLETED if error is None else outcome_of(error, self.telemetry.logs.bounds), error)

    @guarded("run")
    def _finish(self, outcome: Outcome, error: BaseException | None) -> None:
        with self._emitting:
            if not self._open or self._pid != os.getpid():
                return  # ended before, or a fork of the process that owns the run
            self._open, self._ended = False, True
            self.telemetry.closed(self)
            self._progress.flush_stages()
            duration = self.telemetry.clock.monotonic() - self._started
            mark_span(self.span, outcome, error)
            self._count(outcome, error, duration)
            self._log(outcome, duration, known=error is not None and error is self._error)
            self._emit(_EVENTS[outcome.state], error=outcome.error)
            self.span.end()

    def _count(self, outcome: Outcome, error: BaseException | None, duration: float) -> None:
        metrics, name = self.telemetry.metrics, self.pipeline.name
        metrics.active_jobs.labels(name).dec()
        metrics.processing_time.labels(name).observe(duration)
        if outcome.state is State.FAIL and outcome.error is not None and error is not self._error:
            metrics.errors.labels(name, "", outcome.error.type).inc()

    def _log(self, outcome: Outcome, duration: float, *, known: bool) -> None:
        if outcome.error is None:
            self.log.info(events.RUN_COMPLETED, duration_sec=duration)
            return
        failed = outcome.state is State.FAIL
        self.log.log(
            "ERROR" if failed else "WARNING",
            events.RUN_FAILED if failed else events.RUN_ABORTED,
            duration_sec=duration,
            error_type=outcome.error.type,
            error_message=outcome.error.message,
            **({} if known else {"stack": outcome.error.stack}),  # its stage has logged the stack
        )

    def _emit(self, state: RunState, *, heartbeat: bool = False, error: ErrorInfo | None = None) -> None:
        self.telemetry.sink.lineage(
            run_event(
                self._events,
                state,
                self.telemetry.clock.time_ns(),
                self._progress.as_facet(heartbeat),
                inputs=list(self._inputs.values()),
                outputs=list(self._outputs.values()),
                error=(f"{error.type}: {error.message}", error.stack) if error else None,
                sql=self.sql.text() if self.telemetry.settings.source_code else ("", None),
            )
        )


def _add(uses: dict[Dataset, DatasetUse], use: DatasetUse) -> DatasetUse:
    known = uses.setdefault(use.dataset, use)
    if known is not use:
        known.add(use)
    return known

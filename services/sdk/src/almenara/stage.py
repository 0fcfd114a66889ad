"""A stage: one step of a run, as log events, metrics, a span and a line of the run's progress."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from opentelemetry import context as otel
from opentelemetry import trace

from almenara import events
from almenara.clock import iso
from almenara.dataset import Dataset, Schema, use_of
from almenara.guard import guarded
from almenara.logs.place import bound_logger
from almenara.outcome import COMPLETED, Outcome, State, mark_span, outcome_of
from almenara.scope import current_scope, stage_scope, with_scope

if TYPE_CHECKING:
    from loguru import Logger

    from almenara.run import Run

FLUSH_SECONDS = 1.0


class Stage:
    """One step of a run. Made by ``Run.stage``; use it as context manager."""

    def __init__(self, run: Run, name: str) -> None:
        self.name = name
        self.records = 0
        self._run = run
        self._telemetry = run.telemetry
        self._scope = stage_scope(run.scope, name)
        self._span: trace.Span = trace.INVALID_SPAN
        self._outcome: Outcome | None = None
        self._lock = threading.Lock()
        self._pending_records = 0
        self._pending_sizes: list[tuple[float, int]] = []
        self._exemplar: dict[str, str] | None = None
        self._started_ns = 0
        self._started = self._flushed = self._duration = 0.0

    def __enter__(self) -> Self:
        self._previous = otel.get_current()
        self._started_ns = self._telemetry.clock.time_ns()
        self._started = self._flushed = self._telemetry.clock.monotonic()
        self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, stack: TracebackType | None
    ) -> None:
        self._duration = self._telemetry.clock.monotonic() - self._started
        self._close(error)
        otel.attach(self._previous)

    @property
    def log(self) -> Logger:
        """A loguru logger whose lines belong to this stage, in whatever thread it is used."""
        return bound_logger(self._scope, self._span)

    def processed(self, records: int, bytes: int | None = None) -> None:
        """Count ``records`` that were processed, ``bytes`` big all together; call it once a batch."""
        with self._lock:
            self.records += records
            self._pending_records += records
            if bytes is not None and records > 0:
                self._pending_sizes.append((float(bytes), records))
            due = self._telemetry.clock.monotonic() - self._flushed >= FLUSH_SECONDS
        if due:
            self.flush()

    @guarded("lineage")
    def read(
        self,
        dataset: Dataset,
        frame: Any = None,
        schema: Schema | None = None,
        rows: int | None = None,
        bytes: int | None = None,
    ) -> None:
        """Declare ``dataset`` as read.

        The columns come from ``schema`` (name to type) or from ``frame``, the number of rows from ``rows`` or
        from a frame in memory; a lazy frame is not computed.
        """
        self._run.add_input(use_of(dataset, frame, schema, rows, bytes))

    @guarded("lineage")
    def wrote(
        self,
        dataset: Dataset,
        frame: Any = None,
        schema: Schema | None = None,
        rows: int | None = None,
        bytes: int | None = None,
    ) -> None:
        """Declare ``dataset`` as written; the arguments are those of ``read``."""
        self._run.add_output(use_of(dataset, frame, schema, rows, bytes))

    @guarded("metrics")
    def flush(self) -> None:
        """Bring the counts so far into the metrics."""
        metrics = self._telemetry.metrics
        with self._lock:
            records, self._pending_records = self._pending_records, 0
            sizes, self._pending_sizes = self._pending_sizes, []
            self._flushed = self._telemetry.clock.monotonic()
        if records:
            metrics.events_processed.labels(self._scope.pipeline, self.name).inc(records)
        for total, count in sizes:
            metrics.record_size.labels(self._scope.pipeline).observe_batch(total, count)

    def as_facet(self) -> dict[str, Any]:
        """As part of ``almenara_run``."""
        outcome = self._outcome
        return {
            "name": self.name,
            "state": State.RUNNING if outcome is None else outcome.state,
            "startedAt": iso(self._started_ns),
            "durationSeconds": None if outcome is None else self._duration,
            "records": self.records,
            "error": None if outcome is None or outcome.error is None else outcome.error.as_facet(),
        }

    @guarded("stage")
    def _open(self) -> None:
        # a thread that was started without the context of the run still gets its stage into the run
        inside = current_scope(self._previous).run_id == self._run.run_id
        context = with_scope(self._scope, self._previous if inside else self._run.context)
        self._span = self._telemetry.tracer.start_span(
            self.name, context, attributes={"almenara.stage": self.name}
        )
        otel.attach(trace.set_span_in_context(self._span, context))
        span_context = self._span.get_span_context()
        if span_context.trace_flags.sampled:
            self._exemplar = {"trace_id": format(span_context.trace_id, "032x")}
        self._telemetry.metrics.events_processed.labels(self._scope.pipeline, self.name)
        self._run.stage_opened(self)
        self._telemetry.logs.journal.info(events.STAGE_STARTED)

    @guarded("stage")
    def _close(self, error: BaseException | None) -> None:
        outcome = COMPLETED if error is None else outcome_of(error, self._telemetry.logs.bounds)
        self._outcome = outcome
        self.flush()
        self._observe(outcome)
        mark_span(self._span, outcome, error)
        if self.records:
            self._span.set_attribute("almenara.records", self.records)
        self._log(outcome)
        self._span.end()
        self._run.stage_closed(self, error)

    def _observe(self, outcome: Outcome) -> None:
        metrics, pipeline = self._telemetry.metrics, self._scope.pipeline
        metrics.processing_duration.labels(pipeline, self.name).observe(self._duration, self._exemplar)
        if outcome.state is State.FAIL and outcome.error is not None:
            metrics.errors.labels(pipeline, self.name, outcome.error.type).inc(1, self._exemplar)

    def _log(self, outcome: Outcome) -> None:
        journal = self._telemetry.logs.journal
        if outcome.error is None:
            rate = self.records / self._duration if self._duration > 0 else 0.0
            journal.info(
                events.STAGE_COMPLETED,
                records_processed=self.records,
                duration_sec=self._duration,
                throughput_rps=rate,
            )
            return
        failed = outcome.state is State.FAIL
        journal.write(
            "ERROR" if failed else "WARNING",
            events.STAGE_FAILED if failed else events.STAGE_ABORTED,
            {
                "records_processed": self.records,
                "duration_sec": self._duration,
                **outcome.error.as_fields(),
            },
        )

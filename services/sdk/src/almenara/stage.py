"""A stage: one step of a run, as log events, metrics, a span and a line of the run's progress."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from opentelemetry import context as otel
from opentelemetry import trace

from almenara import events
from almenara.clock import iso
from almenara.dataset import Dataset, Schema, use_of
from almenara.guard import guarded
from almenara.lineage.sql import Statement
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

    def sql(
        self,
        query: str,
        dialect: str | None = None,
        connection: Any = None,
        *,
        into: Dataset | None = None,
        tables: Mapping[str, Dataset] | None = None,
        namespace: str | None = None,
    ) -> None:
        """Declare what the SQL ``query`` reads and writes, column by column; it is read and not executed.

        Tables that it reads become inputs of the run, tables that it fills become outputs whose columns tell
        where they come from: transformation type, subtype and masking, as OpenLineage's columnLineage facet.
        The text goes into the job's sql facet, unless ``ALMENARA_SOURCE_CODE=false``. Call it after the
        statement, as often as the statement is executed: saying the same again costs a look-up. What cannot
        be resolved is logged as ``sql_lineage_unresolved`` and never guessed. Needs ``almenara[sql]``.

        ``dialect`` is one of sqlglot's (duckdb, postgres, snowflake, ...), by default that of ``connection``.

        ``connection`` is the one that executes the query: of DuckDB, sqlite3, psycopg 2 or 3, or an Engine or
        Connection of SQLAlchemy. It is asked for the columns of the tables that the query names, which stars
        and columns without a table need, and for where it leads, which gives the datasets their namespace and
        name. No row is read, and neither results that wait nor transactions are touched. A table that ends
        with the connection (a temporary one, or any in a database in memory) is a step and no dataset: later
        queries of the run are followed through it. Without a connection, or with one of another kind, no
        columns are known, and tables belong to ``namespace``, by default that of the pipeline.

        ``into`` is the dataset that gets the rows which a SELECT gives, when the job carries them there
        itself. ``tables`` says which dataset a name in the query stands for; a file whose path is a parameter
        is named as it is written, ``$file``.
        """
        statement = Statement(query, dialect, connection, into, tables or {}, namespace)
        self._run.sql.tell(self, statement)

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

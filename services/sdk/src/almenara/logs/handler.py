"""From a loguru record to the lines on stdout, the log file and the sink."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from loguru import logger
from opentelemetry import baggage, trace

from almenara.guard import guarded
from almenara.logs.bounds import FieldBounds
from almenara.logs.line import json_line
from almenara.scope import Scope, current_scope
from almenara.sink.port import LogEntry, Sink

if TYPE_CHECKING:
    from loguru import Logger, Message, Record

Write = Callable[[str], None]
BOUND_FIELD = "almenara_bound"
LINE_FIELD = "almenara_line"


def write_to_stdout(line: str) -> None:
    """Write and flush, so that a killed process leaves its last line behind; without stdout do nothing."""
    stream = sys.stdout
    if stream is not None:
        stream.write(line)
        stream.flush()


class LogHandler:
    """The one loguru sink: builds a LogEntry, writes its line and hands it to ``sink``."""

    def __init__(
        self,
        service: str,
        baggage_keys: Sequence[str],
        bounds: FieldBounds,
        sink: Sink,
        stdout: Write,
        *,
        line: Callable[[LogEntry], str] = json_line,
        keep_line: bool = False,
    ) -> None:
        self._service = service
        self._baggage_keys = tuple(baggage_keys)
        self._bounds = bounds
        self._sink = sink
        self._stdout = stdout
        self._line = line
        self._keep_line = keep_line

    @guarded("logs")
    def __call__(self, message: Message) -> None:
        """Take one loguru message."""
        entry = self.entry(message.record)
        self._sink.logs((entry,))
        self._stdout(self._line(entry))
        if self._keep_line:
            message.record["extra"][LINE_FIELD] = json_line(entry)

    def entry(self, record: Record) -> LogEntry:
        """``record`` with the ids of what runs at this moment."""
        extra = record["extra"]
        scope, span = current_scope(), trace.get_current_span()
        if BOUND_FIELD in extra:
            extra = dict(extra)
            scope, span = extra.pop(BOUND_FIELD).place(scope, span)
        trace_id, span_id = _ids(span)
        fields = self._bounds.fields(extra)
        self._add_baggage(fields)
        if record["exception"] is not None:
            self._add_exception(fields, record["exception"].value)
        return LogEntry(
            time_ns=_time_ns(record),
            level=record["level"].name,
            message=self._bounds.text(record["message"]),
            service=self._service,
            pipeline=scope.pipeline,
            stage=scope.stage,
            run_id=scope.run_id,
            trace_id=trace_id,
            span_id=span_id,
            fields=fields,
        )

    def _add_baggage(self, fields: dict[str, Any]) -> None:
        entries = baggage.get_all()
        if entries:
            for key in self._baggage_keys:
                if key in entries:
                    fields.setdefault(key, self._bounds.text(str(entries[key])))

    def _add_exception(self, fields: dict[str, Any], error: BaseException | None) -> None:
        if error is not None:
            fields.setdefault("error_type", type(error).__name__)
            fields.setdefault("error_message", self._bounds.text(str(error)))
            fields.setdefault("stack", self._bounds.stack(stack_of(error)))


def stack_of(error: BaseException) -> str:
    """The traceback of ``error`` with its causes, as Python prints it."""
    return "".join(traceback.format_exception(error))


def _time_ns(record: Record) -> int:
    moment = record["time"]
    return int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1000


def _ids(span: trace.Span) -> tuple[str, str]:
    context = span.get_span_context()
    if not context.is_valid:
        return "", ""
    return format(context.trace_id, "032x"), format(context.span_id, "016x")


class Bound(NamedTuple):
    """The run or stage that a logger belongs to."""

    scope: Scope
    span: trace.Span

    def place(self, scope: Scope, span: trace.Span) -> tuple[Scope, trace.Span]:
        """Where a line of this logger belongs that is written within ``scope`` and ``span``."""
        same_run = scope.run_id == self.scope.run_id
        narrower = scope if same_run and not self.scope.stage else self.scope
        same_trace = span.get_span_context().trace_id == self.span.get_span_context().trace_id
        return narrower, span if same_run and same_trace else self.span


def bound_logger(scope: Scope, span: trace.Span) -> Logger:
    """A logger whose lines belong to ``scope`` and ``span``, in whatever thread it is used."""
    return logger.bind(**{BOUND_FIELD: Bound(scope, span)})

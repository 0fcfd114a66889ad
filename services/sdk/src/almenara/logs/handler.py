"""From a log record to the line on stdout and to the sink."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from opentelemetry import baggage
from opentelemetry import context as otel

from almenara.clock import Clock
from almenara.guard import guarded, report
from almenara.logs.bounds import FieldBounds
from almenara.logs.line import json_line
from almenara.logs.place import PLACE_FIELD, Place, place_in
from almenara.scope import Scope
from almenara.sink.port import LogEntry, Sink

if TYPE_CHECKING:
    from loguru import Record

Write = Callable[[str], None]
LINE_FIELD = "almenara_line"


def write_to_stdout(line: str) -> None:
    """Write and flush, so that a killed process leaves its last line behind; without stdout do nothing."""
    stream = sys.stdout
    if stream is not None:
        stream.write(line)
        stream.flush()


class _Seen(NamedTuple):
    """A context and what the lines written in it have in common."""

    context: otel.Context
    place: Place
    ids: tuple[str, str]
    baggage: tuple[tuple[str, str], ...]


class LogHandler:
    """Builds a LogEntry of each record, writes its line and hands it to ``sink``.

    With ``keep_line`` the JSON line is left in the record for the handler of the log file.
    """

    def __init__(
        self,
        service: str,
        baggage_keys: Sequence[str],
        bounds: FieldBounds,
        sink: Sink,
        stdout: Write,
        clock: Clock,
        *,
        line: Callable[[LogEntry], str] = json_line,
        keep_line: bool = False,
    ) -> None:
        self._service = service
        self._baggage_keys = tuple(baggage_keys)
        self._bounds = bounds
        self._sink = sink
        self._stdout = stdout
        self._clock = clock
        self._line = line
        self._keep_line = keep_line
        self._last_seen: _Seen = self._look(otel.Context())

    def as_filter(self, record: Record) -> bool:
        """Take one loguru record, and tell loguru that nothing is left to do.

        Loguru asks a handler's filter before it copies, formats and locks, and none of that is needed here.
        """
        try:
            entry = self._from_record(record)
            self._write(entry)
            if self._keep_line:
                cast("dict[str, str]", record)[LINE_FIELD] = json_line(entry)
        except Exception as error:  # noqa: BLE001 - what goes wrong here must not reach the caller
            report("logs", error)
        return False

    @guarded("logs")
    def write_event(self, level: str, message: str, fields: dict[str, Any]) -> None:
        """Take one event of the SDK's own, whose fields are known to be within bounds."""
        seen = self._surroundings()
        for key, value in seen.baggage:
            fields.setdefault(key, value)
        self._write(self._entry(level, message, fields, seen.place.scope, seen.ids))

    def _write(self, entry: LogEntry) -> None:
        self._sink.logs((entry,))
        self._stdout(self._line(entry))

    def _from_record(self, record: Record) -> LogEntry:
        extra, seen = record["extra"], self._surroundings()
        scope, ids = seen.place.scope, seen.ids
        if PLACE_FIELD in extra:
            extra = dict(extra)
            place = extra.pop(PLACE_FIELD).within(seen.place)
            scope, ids = place.scope, place.ids()
        fields = self._bounds.fields(extra)
        for key, value in seen.baggage:
            fields.setdefault(key, value)
        if record["exception"] is not None:
            self._add_exception(fields, record["exception"].value)
        return self._entry(record["level"].name, self._bounds.text(record["message"]), fields, scope, ids)

    def _entry(
        self, level: str, message: str, fields: dict[str, Any], scope: Scope, ids: tuple[str, str]
    ) -> LogEntry:
        trace_id, span_id = ids
        return LogEntry(
            self._clock.time_ns(),
            level,
            message,
            self._service,
            scope.pipeline,
            scope.stage,
            scope.run_id,
            trace_id,
            span_id,
            fields,
        )

    def _surroundings(self) -> _Seen:
        """What the current context says. It never changes, and the lines of a stage share it."""
        context, seen = otel.get_current(), self._last_seen
        if seen.context is not context:
            seen = self._last_seen = self._look(context)
        return seen

    def _look(self, context: otel.Context) -> _Seen:
        place, entries = place_in(context), baggage.get_all(context)
        carried = [
            (key, self._bounds.text(str(entries[key]))) for key in self._baggage_keys if key in entries
        ]
        return _Seen(context, place, place.ids(), tuple(carried))

    def _add_exception(self, fields: dict[str, Any], error: BaseException | None) -> None:
        if error is not None:
            fields.setdefault("error_type", type(error).__name__)
            fields.setdefault("error_message", self._bounds.text(str(error)))
            fields.setdefault("stack", self._bounds.stack(stack_of(error)))


def stack_of(error: BaseException) -> str:
    """The traceback of ``error`` with its causes, as Python prints it."""
    return "".join(traceback.format_exception(error))

"""Whether a log record meets the conditions of a query, for stores that filter in Python."""

from __future__ import annotations

import operator
from typing import Any

import orjson

from almenara_platform.clock import to_nanos
from almenara_platform.logs.level import rank
from almenara_platform.logs.model import LogRecord
from almenara_platform.logs.port import Condition, LogQuery, Operator

ERROR_FIELD = "error_message"
"""Searched like the message: of a line that tells of a failure it is what a person remembers."""
OWN_FIELDS = ("level", "message", "service", "pipeline", "stage", "run_id", "trace_id", "span_id")
"""Fields of a record that a condition can name beside the caller's own."""

_COMPARE = {
    Operator.EQ: operator.eq,
    Operator.NE: operator.ne,
    Operator.GT: operator.gt,
    Operator.GE: operator.ge,
    Operator.LT: operator.lt,
    Operator.LE: operator.le,
}


def matches(record: LogRecord, query: LogQuery) -> bool:
    """Whether the record meets every condition."""
    return _identity(record, query) and _content(record, query) and _time(record, query)


def number_text(value: float) -> str:
    """A number as JSON writes it: 3 for 3.0."""
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(value)


def _identity(record: LogRecord, query: LogQuery) -> bool:
    names = ("run_id", "trace_id", "span_id", "pipeline", "service")
    return all(getattr(query, name) in (None, getattr(record, name)) for name in names)


def _content(record: LogRecord, query: LogQuery) -> bool:
    return (
        (query.level is None or rank(record.level) >= rank(query.level))
        and (query.text is None or _says(record, query.text.lower()))
        and all(_holds(record, condition) for condition in query.where)
    )


def _says(record: LogRecord, lowered: str) -> bool:
    error = record.fields.get(ERROR_FIELD)
    return lowered in record.message.lower() or (isinstance(error, str) and lowered in error.lower())


def _time(record: LogRecord, query: LogQuery) -> bool:
    return (query.since is None or record.time_ns >= to_nanos(query.since)) and (
        query.until is None or record.time_ns < to_nanos(query.until)
    )


def _holds(record: LogRecord, condition: Condition) -> bool:
    found = (
        getattr(record, condition.field)
        if condition.field in OWN_FIELDS
        else record.fields.get(condition.field)
    )
    if found is None:
        return False
    compare, value = _COMPARE[condition.operator], condition.value
    if isinstance(value, str):
        return compare(_as_text(found), value)
    if isinstance(found, (int, float)) and not isinstance(found, bool):
        return compare(found, value)
    if condition.operator in (Operator.EQ, Operator.NE):
        return compare(_as_text(found), number_text(value))
    return False


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()

"""Log queries in SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from almenara_platform.clock import to_nanos
from almenara_platform.logs.level import rank
from almenara_platform.logs.matching import ERROR_FIELD, OWN_FIELDS, number_text
from almenara_platform.logs.port import Condition, LogQuery, Operator, Order

Term = tuple[str, tuple[Any, ...]]
_COLUMNS = (
    "time_ns, digest, severity, level, message, service, pipeline, stage, run_id, trace_id, span_id, fields"
)
CONTAINS = "contains_in_any_case"
_SEVERE = rank("WARNING")
_AT_ERROR = f"(CAST(fields AS TEXT), '$.{ERROR_FIELD}')"
_ERROR = f"CASE json_type{_AT_ERROR} WHEN 'text' THEN json_extract{_AT_ERROR} ELSE '' END"
_AS_TEXT = "CASE WHEN type IN ('true', 'false') THEN type ELSE CAST(value AS TEXT) END"
_IS_NUMBER = "type IN ('integer', 'real')"
# The search for the bytes of the key spares most rows the reading of their JSON.
_HAS_FIELD = """
instr(fields, ?) AND EXISTS
    (SELECT 1 FROM json_each(CAST(fields AS TEXT)) WHERE key = ? AND {})
"""


def select(query: LogQuery, after: Sequence[int] | None) -> tuple[str, list[Any]]:
    """The statement for one more than a page of records behind the position ``after``, and its values."""
    descending = query.order is Order.NEWEST_FIRST
    terms = [*_identity(query), *_time(query), *_content(query), *map(_condition, query.where)]
    if after:
        terms.append((f"(time_ns, digest) {'<' if descending else '>'} (?, ?)", tuple(after)))
    where = " AND ".join(sql for sql, _ in terms) or "1"
    direction = "DESC" if descending else "ASC"
    statement = (
        f"SELECT {_COLUMNS} FROM logs WHERE {where} ORDER BY time_ns {direction}, digest {direction} LIMIT ?"
    )
    return statement, [*(value for _, values in terms for value in values), query.limit + 1]


def _identity(query: LogQuery) -> Iterator[Term]:
    for name in ("run_id", "trace_id", "span_id", "pipeline", "service"):
        asked = getattr(query, name)
        if asked is not None:
            yield f"{name} = ?", (asked,)


def _time(query: LogQuery) -> Iterator[Term]:
    if query.since:
        yield "time_ns >= ?", (to_nanos(query.since),)
    if query.until:
        yield "time_ns < ?", (to_nanos(query.until),)


def _content(query: LogQuery) -> Iterator[Term]:
    if query.level is not None:
        least = rank(query.level)
        yield "severity >= ?", (least,)
        if least >= _SEVERE:
            # The partial index is only used when its own condition stands here as written there.
            yield f"severity >= {_SEVERE}", ()
    if query.text is not None:
        yield _contains(query.text)


def _contains(text: str) -> Term:
    """SQLite's LIKE folds the case of ASCII only and ends at a NUL: other texts take the slower way."""
    if text.isascii() and "\0" not in text:
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        found, value = "{} LIKE ? ESCAPE '\\'", f"%{escaped}%"
    else:
        found, value = f"{CONTAINS}({{}}, ?)", text.lower()
    key = orjson.dumps(ERROR_FIELD) + b":"
    terms = f"({found.format('message')} OR (instr(fields, ?) AND {found.format(_ERROR)}))"
    return terms, (value, key, value)


def contains(message: str, lowered: str) -> bool:
    """Whether ``message`` has the lower-case ``lowered`` in it, in any case."""
    return lowered in message.lower()


def _condition(condition: Condition) -> Term:
    name, value, operator = condition.field, condition.value, condition.operator.value
    text = value if isinstance(value, str) else number_text(value)
    equality = condition.operator in (Operator.EQ, Operator.NE)
    if name in OWN_FIELDS:
        return (f"{name} {operator} ?", (text,)) if equality or isinstance(value, str) else ("0", ())
    key = (orjson.dumps(name) + b":", name)
    if isinstance(value, str):
        return _HAS_FIELD.format(f"{_AS_TEXT} {operator} ?"), (*key, text)
    if equality:
        either = f"CASE WHEN {_IS_NUMBER} THEN value {operator} ? ELSE {_AS_TEXT} {operator} ? END"
        return _HAS_FIELD.format(either), (*key, value, text)
    return _HAS_FIELD.format(f"{_IS_NUMBER} AND value {operator} ?"), (*key, value)

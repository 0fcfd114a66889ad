"""Trace queries in SQL: which traces may match, newest first.

The answer may hold a trace too many where an attribute is nested; whoever asks looks at the spans themselves.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import orjson

from almenara_platform.clock import to_nanos
from almenara_platform.traces.matching import DATABASE_ATTRIBUTES, NANOSECONDS
from almenara_platform.traces.port import TraceQuery
from almenara_platform.traces.rows import RUN_ID

Terms = list[tuple[str, tuple[Any, ...]]]
_LONGEST = 2**63 - 1


def is_exact(query: TraceQuery) -> bool:
    """Whether every candidate matches."""
    return not query.database and all(key == RUN_ID for key in query.attributes)


def candidates(
    connection: sqlite3.Connection, query: TraceQuery, after: tuple[int, str] | None
) -> Iterator[tuple[bytes, int]]:
    """Id and start of the traces that may match, behind the position ``after``, as they are asked for."""
    terms = [*_of_trace(query, after), *_of_run(query)]
    of_span = _of_span(query)
    if of_span:
        inner = " AND ".join(sql for sql, _ in of_span)
        values = tuple(value for _, some in of_span for value in some)
        terms.append((f"EXISTS (SELECT 1 FROM spans s WHERE s.trace_id = t.trace_id AND {inner})", values))
    where = " AND ".join(sql for sql, _ in terms) or "1"
    statement = f"SELECT trace_id, start_ns FROM traces t WHERE {where} ORDER BY start_ns DESC, trace_id DESC"
    return connection.execute(statement, [value for _, some in terms for value in some])


def _of_trace(query: TraceQuery, after: tuple[int, str] | None) -> Terms:
    """Conditions that a trace meets when one of its spans matches, and those of time."""
    terms: Terms = []
    if after:
        terms.append(("(start_ns, trace_id) < (?, ?)", (after[0], bytes.fromhex(after[1]))))
    if query.since:
        terms.append(("start_ns >= ?", (to_nanos(query.since),)))
    if query.until:
        terms.append(("start_ns < ?", (to_nanos(query.until),)))
    if query.error:
        terms.append(("errors = 1", ()))
    if query.min_duration is not None:
        terms.append(("longest_ns >= ?", (_nanos(query.min_duration),)))
    return terms


def _of_run(query: TraceQuery) -> Terms:
    run_id = query.attributes.get(RUN_ID)
    if run_id is None:
        return []
    return [("trace_id IN (SELECT trace_id FROM trace_runs WHERE run_id = ?)", (run_id,))]


def _of_span(query: TraceQuery) -> Terms:
    terms: Terms = []
    if query.service is not None:
        terms.append(("s.resource_id IN (SELECT id FROM resources WHERE service = ?)", (query.service,)))
    if query.operation is not None:
        terms.append(("s.name = ?", (query.operation,)))
    if query.error is not None:
        terms.append(("s.status = 2" if query.error else "s.status <> 2", ()))
    if query.min_duration is not None:
        terms.append(("s.end_ns - s.start_ns >= ?", (_nanos(query.min_duration),)))
    if query.max_duration is not None:
        terms.append(("s.end_ns - s.start_ns <= ?", (_nanos(query.max_duration),)))
    if query.database:
        names = tuple(orjson.dumps(name) + b":" for name in DATABASE_ATTRIBUTES)
        terms.append(("(instr(s.attributes, ?) OR instr(s.attributes, ?))", names))
    terms.extend(_attribute(key, value) for key, value in query.attributes.items() if key != RUN_ID)
    return terms


def _attribute(key: str, value: str) -> tuple[str, tuple[bytes, ...]]:
    """The bytes that an attribute has in its JSON: as a text, or as anything else and then a separator."""
    name = orjson.dumps(key) + b":"
    other = name + value.encode()
    forms = (name + orjson.dumps(value), other + b",", other + b"}")
    return "(instr(s.attributes, ?) OR instr(s.attributes, ?) OR instr(s.attributes, ?))", forms


def _nanos(seconds: float) -> int:
    return min(round(seconds * NANOSECONDS), _LONGEST)

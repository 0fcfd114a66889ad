"""The trace store in a SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import orjson

from almenara_platform import cursor as cursors
from almenara_platform.clock import to_nanos
from almenara_platform.group_commit import GroupCommit
from almenara_platform.page import Page
from almenara_platform.sqlite import SqliteFile, insert_rows
from almenara_platform.traces import rows
from almenara_platform.traces.longest import left_out_note
from almenara_platform.traces.matching import matches, position
from almenara_platform.traces.model import Span, Trace, TraceSummary
from almenara_platform.traces.port import TraceQuery
from almenara_platform.traces.rows import SpanBatch
from almenara_platform.traces.sqlite_query import candidates, is_exact

# Only what every list needs is a column or an index: each index would cost a tenth of the ingest rate.
# A span that is sent again starts when it started; another start is another span with the same id, which is
# kept for the notes on a damaged trace. Files of earlier versions keep the first of each id only.
_TABLES = """
CREATE TABLE resources (
    id INTEGER PRIMARY KEY, service TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (service, body)
) STRICT;
CREATE TABLE spans (
    trace_id BLOB NOT NULL, span_id BLOB NOT NULL, parent_span_id BLOB, resource_id INTEGER NOT NULL,
    name TEXT NOT NULL, kind INTEGER NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL,
    status INTEGER NOT NULL, message TEXT, attributes BLOB NOT NULL, extra BLOB,
    UNIQUE (trace_id, span_id, start_ns)
) STRICT;
CREATE TABLE traces (
    trace_id BLOB PRIMARY KEY, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL,
    longest_ns INTEGER NOT NULL, errors INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX traces_by_start ON traces (start_ns, trace_id);
CREATE INDEX traces_by_end ON traces (end_ns);
CREATE INDEX traces_with_errors ON traces (start_ns, trace_id) WHERE errors = 1;
CREATE TABLE trace_runs (
    run_id TEXT NOT NULL, trace_id BLOB NOT NULL, pipeline TEXT, first_ns INTEGER NOT NULL,
    PRIMARY KEY (run_id, trace_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX trace_runs_by_trace ON trace_runs (trace_id);
"""
_ADD_SPAN = "INSERT OR IGNORE INTO spans VALUES"
_ADD_TRACE = "INSERT INTO traces VALUES"
_MERGE_TRACE = """
ON CONFLICT (trace_id) DO UPDATE SET
    start_ns = min(start_ns, excluded.start_ns), end_ns = max(end_ns, excluded.end_ns),
    longest_ns = max(longest_ns, excluded.longest_ns), errors = max(errors, excluded.errors)
"""
_ADD_RUN = "INSERT INTO trace_runs VALUES"
_MERGE_RUN = """
ON CONFLICT (run_id, trace_id) DO UPDATE SET
    first_ns = min(first_ns, excluded.first_ns), pipeline = coalesce(pipeline, excluded.pipeline)
"""
_SPANS = """
SELECT trace_id, span_id, parent_span_id, name, kind, start_ns, end_ns, status, message, NULL, {attributes},
    extra, resource_id
FROM spans WHERE trace_id = ?
"""
_WHOLE = _SPANS.format(attributes="attributes")
# Attributes are most of a span's bytes, and only the run of a CONSUMER (5) is named beside a path.
_OUTLINE = _SPANS.format(attributes="CASE kind WHEN 5 THEN attributes ELSE x'7B7D' END")
# One more than are kept, because it tells how long the others are.
_LONGEST = "ORDER BY parent_span_id IS NOT NULL, end_ns - start_ns DESC, span_id LIMIT ?"
_RESOURCE = "SELECT service, body FROM resources WHERE id = ?"
_COUNT = "SELECT count(*) FROM spans WHERE trace_id = ?"
_SUMMARY = """
SELECT count(*), sum(status = 2), min(start_ns), max(end_ns) FROM spans WHERE trace_id = ?
"""
_ROOT = """
SELECT service, name FROM spans s JOIN resources ON resources.id = resource_id
WHERE trace_id = ? AND NOT EXISTS
    (SELECT 1 FROM spans p WHERE p.trace_id = s.trace_id AND p.span_id = s.parent_span_id)
ORDER BY start_ns, end_ns DESC, span_id LIMIT 1
"""
_RUN = "SELECT run_id, pipeline FROM trace_runs WHERE trace_id = ? ORDER BY first_ns, run_id LIMIT 1"
_MOST_SPANS = 100_000
_TRACES_AT_ONCE = 500


class SqliteTraceStore:
    """A ``WritableTraceStore`` in the file at ``path``; raises ``StoreUnavailable`` when it cannot be opened.

    Spans that several threads bring at the same time share a transaction.
    """

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, (_TABLES,))
        self._commits: GroupCommit[Sequence[SpanBatch]] = GroupCommit(self._write)

    def add(self, spans: Sequence[Span]) -> None:
        self.add_batches(rows.encode(spans))

    def add_batches(self, batches: Sequence[SpanBatch]) -> None:
        self._commits.submit(batches)

    def trace(self, trace_id: str) -> Trace | None:
        return self._read(trace_id, _WHOLE)

    def outline(self, trace_id: str) -> Trace | None:
        return self._read(trace_id, _OUTLINE)

    def _read(self, trace_id: str, statement: str) -> Trace | None:
        key = _key(trace_id)
        if key is None:
            return None
        with self._file.reading() as connection:
            known = _count(connection, key)
            spans = _spans(connection, key, statement)
        if not spans:
            return None
        kept, left_out = spans[:_MOST_SPANS], spans[_MOST_SPANS:]
        notes = tuple(left_out_note(known, len(kept), span.duration_ns) for span in left_out)
        kept.sort(key=lambda span: (span.start_ns, span.span_id))
        return Trace(trace_id, tuple(kept), truncated=bool(left_out), notes=notes)

    def find(self, query: TraceQuery) -> Page[TraceSummary]:
        after = position(query.cursor) if query.cursor else None
        found: list[TraceSummary] = []
        with self._file.reading() as connection:
            for key, start_ns in candidates(connection, query, after):
                if not is_exact(query) and not any(matches(span, query) for span in _spans(connection, key)):
                    continue
                if len(found) == query.limit:
                    return Page(found, cursors.encode(found[-1].start_ns, found[-1].trace_id))
                found.append(_summary(connection, key, start_ns))
        return Page(found)

    def services(self) -> Sequence[str]:
        with self._file.reading() as connection:
            found = connection.execute("SELECT DISTINCT service FROM resources ORDER BY service")
            return [service for (service,) in found]

    def forget(self, before: datetime) -> int:
        forgotten = 0
        while True:
            with self._file.writing() as connection:
                old = connection.execute(
                    "SELECT trace_id FROM traces WHERE end_ns < ? LIMIT ?",
                    (to_nanos(before), _TRACES_AT_ONCE),
                ).fetchall()
                forgotten += connection.executemany("DELETE FROM spans WHERE trace_id = ?", old).rowcount
                connection.executemany("DELETE FROM trace_runs WHERE trace_id = ?", old)
                connection.executemany("DELETE FROM traces WHERE trace_id = ?", old)
            if len(old) < _TRACES_AT_ONCE:
                return forgotten

    def size_bytes(self) -> int:
        return self._file.size_bytes()

    def ping(self) -> None:
        self._file.ping()

    def close(self) -> None:
        self._file.close()

    def _write(self, groups: Sequence[Sequence[SpanBatch]]) -> None:
        batches = list(chain.from_iterable(groups))
        with self._file.writing() as connection:
            for batch in batches:
                resource_id = _resource(connection, batch)
                insert_rows(connection, _ADD_SPAN, _span_rows(batch.rows, resource_id))
            traces, runs = _traces(batches)
            insert_rows(connection, _ADD_TRACE, traces, _MERGE_TRACE)
            insert_rows(connection, _ADD_RUN, runs, _MERGE_RUN)


def _resource(connection: sqlite3.Connection, batch: SpanBatch) -> int:
    key = (batch.service, batch.resource)
    find = "SELECT id FROM resources WHERE service = ? AND body = ?"
    found = connection.execute(find, key).fetchone()
    if found is None:
        connection.execute("INSERT INTO resources (service, body) VALUES (?, ?)", key)
        found = connection.execute(find, key).fetchone()
    return found[0]


def _key(trace_id: str) -> bytes | None:
    try:
        return bytes.fromhex(trace_id)
    except ValueError:
        return None


def _span_rows(batch: Sequence[rows.Row], resource_id: int) -> Iterator[tuple[Any, ...]]:
    return (
        (trace, span, parent, resource_id, name, kind, start, end, status, message, attributes, extra)
        for trace, span, parent, name, kind, start, end, status, message, _, attributes, extra in batch
    )


def _traces(batches: Sequence[SpanBatch]) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """What the rows add to their traces, and the runs they name."""
    traces: dict[bytes, tuple[bytes, int, int, int, int]] = {}
    runs: dict[tuple[str, bytes], tuple[str, bytes, str | None, int]] = {}
    for row in chain.from_iterable(batch.rows for batch in batches):
        trace, start, end, failed, run = row[0], row[5], row[6], row[7] == 2, row[9]
        known = traces.get(trace)
        if known is None:
            traces[trace] = (trace, start, end, end - start, failed)
        else:
            _, first, last, longest, errors = known
            longest = max(longest, end - start)
            traces[trace] = (trace, min(start, first), max(end, last), longest, errors or failed)
        if run:
            first = min(start, runs[run[0], trace][3]) if (run[0], trace) in runs else start
            runs[run[0], trace] = (run[0], trace, run[1], first)
    return list(traces.values()), list(runs.values())


def _count(connection: sqlite3.Connection, key: bytes) -> int:
    return connection.execute(_COUNT, (key,)).fetchone()[0]


def _spans(connection: sqlite3.Connection, key: bytes, statement: str = _WHOLE) -> list[Span]:
    """Every span; of more than are kept the roots, then the longest."""
    values: tuple[Any, ...] = (key,)
    if _count(connection, key) > _MOST_SPANS:
        statement, values = statement + _LONGEST, (key, _MOST_SPANS + 1)
    resources: dict[int, tuple[str, dict[str, Any]]] = {}
    spans = []
    for *row, resource_id in connection.execute(statement, values):
        if resource_id not in resources:
            service, body = connection.execute(_RESOURCE, (resource_id,)).fetchone()
            resources[resource_id] = service, orjson.loads(body)
        spans.append(rows.decode(row, *resources[resource_id]))
    return spans


def _summary(connection: sqlite3.Connection, key: bytes, start_ns: int) -> TraceSummary:
    count, errors, first, last = connection.execute(_SUMMARY, (key,)).fetchone()
    service, name = connection.execute(_ROOT, (key,)).fetchone() or ("", "")
    run_id, pipeline = connection.execute(_RUN, (key,)).fetchone() or (None, None)
    return TraceSummary(key.hex(), service, name, start_ns, last - first, count, errors, run_id, pipeline)

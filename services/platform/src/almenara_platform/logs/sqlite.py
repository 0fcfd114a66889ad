"""The log store in a SQLite file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import orjson

from almenara_platform import cursor as cursors
from almenara_platform.clock import to_nanos
from almenara_platform.group_commit import GroupCommit
from almenara_platform.logs.identity import digest
from almenara_platform.logs.level import rank
from almenara_platform.logs.model import LogRecord
from almenara_platform.logs.port import LogQuery
from almenara_platform.logs.sqlite_query import CONTAINS, contains, select
from almenara_platform.page import Page
from almenara_platform.sqlite import SqliteFile, insert_rows

_TABLES = """
CREATE TABLE logs (
    time_ns INTEGER NOT NULL, digest INTEGER NOT NULL, severity INTEGER NOT NULL, level TEXT NOT NULL,
    message TEXT NOT NULL, service TEXT NOT NULL, pipeline TEXT, stage TEXT, run_id TEXT, trace_id TEXT,
    span_id TEXT, fields BLOB, PRIMARY KEY (time_ns, digest)
) STRICT;
CREATE INDEX logs_of_run ON logs (run_id, time_ns, digest) WHERE run_id IS NOT NULL;
CREATE INDEX logs_of_trace ON logs (trace_id, time_ns, digest) WHERE trace_id IS NOT NULL;
CREATE INDEX logs_of_pipeline ON logs (pipeline, time_ns, digest) WHERE pipeline IS NOT NULL;
CREATE INDEX logs_of_service ON logs (service, time_ns, digest);
CREATE INDEX logs_severe ON logs (time_ns, digest) WHERE severity >= 13;
"""
_ADD = "INSERT OR IGNORE INTO logs VALUES"
_RECORDS_AT_ONCE = 5000
_FORGET = """
DELETE FROM logs WHERE rowid IN (SELECT rowid FROM logs WHERE time_ns < ? ORDER BY time_ns LIMIT ?)
"""


class SqliteLogStore:
    """A ``WritableLogStore`` in the file at ``path``; raises ``StoreUnavailable`` when it cannot be opened.

    Records that several threads bring at the same time share a transaction.
    """

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, (_TABLES,), {CONTAINS: contains})
        self._commits: GroupCommit[Sequence[tuple[Any, ...]]] = GroupCommit(self._write)

    def add(self, records: Sequence[LogRecord]) -> None:
        self._commits.submit(list(map(_row, records)))

    def find(self, query: LogQuery) -> Page[LogRecord]:
        after = cursors.decode(query.cursor, int, int) if query.cursor else None
        statement, values = select(query, after)
        with self._file.reading() as connection:
            rows = connection.execute(statement, values).fetchall()
        shown = rows[: query.limit]
        following = cursors.encode(*shown[-1][:2]) if len(rows) > query.limit else None
        return Page(list(map(_record, shown)), following)

    def forget(self, before: datetime) -> int:
        forgotten = 0
        while True:
            with self._file.writing() as connection:
                gone = connection.execute(_FORGET, (to_nanos(before), _RECORDS_AT_ONCE)).rowcount
            forgotten += gone
            if gone < _RECORDS_AT_ONCE:
                return forgotten

    def size_bytes(self) -> int:
        return self._file.size_bytes()

    def ping(self) -> None:
        self._file.ping()

    def close(self) -> None:
        self._file.close()

    def _write(self, groups: Sequence[Sequence[tuple[Any, ...]]]) -> None:
        with self._file.writing() as connection:
            insert_rows(connection, _ADD, chain.from_iterable(groups))


def _row(record: LogRecord) -> tuple[Any, ...]:
    return (
        record.time_ns,
        digest(record),
        rank(record.level),
        record.level,
        record.message,
        record.service,
        record.pipeline,
        record.stage,
        record.run_id,
        record.trace_id,
        record.span_id,
        orjson.dumps(dict(record.fields)) if record.fields else None,
    )


def _record(row: Sequence[Any]) -> LogRecord:
    time_ns, _, _, *own, fields = row
    return LogRecord(time_ns, *own, fields=orjson.loads(fields) if fields else {})

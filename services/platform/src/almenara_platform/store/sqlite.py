"""The lineage store in a SQLite file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

from almenara_platform.exceptions import StoreUnavailable
from almenara_platform.store.sql import SqlLineageStore

_SIZE = (
    "SELECT (page_count - freelist_count) * page_size"
    " FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()"
)
_PRAGMAS = (
    "PRAGMA busy_timeout=10000",
    # Of a new file. Into the usual 4 KiB goes one event or run at a time, and a third of the page is lost.
    "PRAGMA page_size=8192",
    "PRAGMA journal_mode=WAL",
    # An acknowledged event must outlive a power cut, and WAL with NORMAL would lose the last ones.
    "PRAGMA synchronous=FULL",
    "PRAGMA temp_store=MEMORY",
    # Of the log, 32 MiB: what every batch writes again is then copied into the file a quarter as often.
    "PRAGMA wal_autocheckpoint=4096",
)


def sqlite_lineage_store(path: Path, destinations: Sequence[str] = ()) -> SqlLineageStore:
    """The store in ``path``, made where there is none; ``StoreUnavailable`` when it cannot be opened."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be used: {error.strerror}") from error
    return SqlLineageStore(sqlite_engine(path), _SIZE, destinations)


def sqlite_engine(path: Path) -> Engine:
    """An engine whose writing transactions take the write lock when they begin."""
    engine = create_engine(URL.create("sqlite", database=str(path)), pool_size=20, max_overflow=30)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _: Any) -> None:
    # Python's own transaction handling begins too late for a read that is followed by a write.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

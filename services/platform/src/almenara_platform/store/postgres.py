"""The lineage store in a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

from almenara_platform.store.sql import SqlLineageStore

_SAMPLED_BYTES = 32 * 2**20
# Two platforms on one database must not fold the same run at once.
_WRITE_LOCK = text("SELECT pg_advisory_xact_lock(7160233215)")


def postgres_lineage_store(url: str, destinations: Sequence[str] = ()) -> SqlLineageStore:
    """The store in the database at ``url``; raises ``StoreUnavailable`` when it cannot be reached."""
    return SqlLineageStore(postgres_engine(url), size_statement(), destinations)


def size_statement() -> str:
    """SQL for the bytes in use: the database, with events and runs counted by the rows that they hold.

    Deleting rows makes no table of PostgreSQL smaller, its room is only used again: by the size of the files
    retention would remove more and more, and never see that it was enough.
    """
    rows = (_rows("events", "body"), _rows("runs", "document", "fold"))
    return f"SELECT pg_database_size(current_database()) + {' + '.join(rows)}"


def _rows(table: str, *columns: str) -> str:
    """What the rows of a table take up, by a sample of its pages, less what the table does.

    The widths are those on disk, compressed and moved out; 64 bytes stand for the narrow columns.
    """
    widths = " + ".join(f"pg_column_size({column})" for column in columns)
    times = f"greatest(pg_relation_size('{table}') / {_SAMPLED_BYTES}.0, 1)"
    sample = f"{table} TABLESAMPLE SYSTEM (100 / {times})"
    return f"(SELECT coalesce(sum({widths} + 64), 0) * {times} FROM {sample}) - pg_table_size('{table}')"


def postgres_engine(url: str) -> Engine:
    """An engine whose writing transactions wait for one another."""
    address = make_url(url)
    if address.drivername in ("postgresql", "postgres"):
        address = address.set(drivername="postgresql+psycopg")
    # A database in SQL_ASCII would hand out bytes in place of texts.
    arguments = {"client_encoding": "utf8"}
    engine = create_engine(address, pool_size=10, max_overflow=20, pool_pre_ping=True, connect_args=arguments)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("writes", False):
        connection.execute(_WRITE_LOCK)

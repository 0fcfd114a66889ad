"""The lineage store in a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

from almenara_platform.store.sql import SqlLineageStore

_SIZE = "SELECT pg_database_size(current_database())"
# Two platforms on one database must not fold the same run at once.
_WRITE_LOCK = text("SELECT pg_advisory_xact_lock(7160233215)")


def postgres_lineage_store(url: str, destinations: Sequence[str] = ()) -> SqlLineageStore:
    """The store in the database at ``url``; raises ``StoreUnavailable`` when it cannot be reached."""
    return SqlLineageStore(postgres_engine(url), _SIZE, destinations)


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

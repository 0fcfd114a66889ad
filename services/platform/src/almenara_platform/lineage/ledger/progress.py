"""Numbers that say how far the ledger is: how often it changed, and which events are yet to be read."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from almenara_platform.store.access import put
from almenara_platform.store.lineage_tables import progress

REVISION = "revision"
READ_UP_TO, TO_BE_READ = "events_read", "events_to_read"
READINGS = "readings"
SEEN_UP_TO = "events_seen"


def revision(connection: Connection) -> int:
    """How many commits have changed the graph."""
    return value(connection, REVISION)


def advance(connection: Connection) -> int:
    """Count the commit of the open transaction; returns its revision."""
    statement = update(progress).where(progress.c.name == REVISION).values(value=progress.c.value + 1)
    return int(connection.scalar(statement.returning(progress.c.value)) or 0)


def count_reading(connection: Connection) -> None:
    """Tell who remembers rows that these may be others now, though no event came."""
    put_values(connection, {READINGS: value(connection, READINGS) + 1})


def value(connection: Connection, name: str) -> int:
    """A number, 0 where nothing was put."""
    return int(connection.scalar(select(progress.c.value).where(progress.c.name == name)) or 0)


def put_values(connection: Connection, values: dict[str, int]) -> None:
    """Keep numbers."""
    put(connection, progress, [{"name": name, "value": number} for name, number in values.items()])

"""Stored events as the list of what has changed: their numbers rise in the order of their commits."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from almenara_platform import cursor as cursors
from almenara_platform.clock import from_micros
from almenara_platform.store.port import Changes
from almenara_platform.store.schema import events, runs

_NEWEST = select(events.c.id, events.c.digest).order_by(events.c.id.desc()).limit(1)
_OLDEST = select(func.min(runs.c.aged_at))
_GREATEST = select(func.max(events.c.id))


def changes(connection: Connection, position: str) -> Changes:
    """What events have come since a position, which is the newest of them then, by number and digest."""
    newest = connection.execute(_NEWEST).first()
    oldest = connection.scalar(_OLDEST)
    following = cursors.encode(*newest) if newest else ""
    known = bool(position) and (position == following or _is_there(connection, position))
    return Changes(
        position=following,
        run_ids=_since(connection, position) if known and position != following else (),
        lost=not known,
        oldest=None if oldest is None else from_micros(oldest),
    )


def newest(connection: Connection) -> int:
    """The number of the newest event, 0 where there is none."""
    return int(connection.scalar(_GREATEST) or 0)


def _is_there(connection: Connection, position: str) -> bool:
    # SQLite gives the number of a last event that was forgotten to the next one that comes.
    number, digest = cursors.decode(position, int, str)
    found = select(events.c.id).where(events.c.id == number, events.c.digest == digest)
    return connection.scalar(found) is not None


def _since(connection: Connection, position: str) -> list[str]:
    number, _ = cursors.decode(position, int, str)
    # Asked in SQL for each run once, SQLite would go through all events in the order of their runs.
    came = connection.scalars(select(events.c.run_id).where(events.c.id > number))
    return [run_id for run_id in dict.fromkeys(came) if run_id is not None]

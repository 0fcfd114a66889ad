"""Stored events read into the lineage graph: those from before it, or all of them once more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson
from loguru import logger
from sqlalchemy import Connection, func, select

from almenara_platform.lineage import facts
from almenara_platform.lineage.facts.model import Told
from almenara_platform.lineage.ledger import progress, sql_rows
from almenara_platform.lineage.ledger.port import Delta
from almenara_platform.lineage.ledger.progress import READ_UP_TO, READINGS, TO_BE_READ
from almenara_platform.store.schema import events

_BYTES_AT_ONCE = 16 * 2**20


def begin(connection: Connection) -> None:
    """Let everything that is stored now be read."""
    newest = connection.scalar(select(func.max(events.c.id))) or 0
    progress.put_values(connection, {READ_UP_TO: 0, TO_BE_READ: newest})


def unread(connection: Connection) -> int:
    """How many events are yet to be read."""
    done, end = (progress.value(connection, name) for name in (READ_UP_TO, TO_BE_READ))
    if done >= end:
        return 0
    rest = select(func.count()).select_from(events).where(events.c.id > done, events.c.id <= end)
    return int(connection.scalar(rest) or 0)


def read_some(connection: Connection, most: int) -> tuple[int, Delta]:
    """Read the next events in the open transaction; returns how many and what they add to the graph."""
    done, end = (progress.value(connection, name) for name in (READ_UP_TO, TO_BE_READ))
    if done >= end:
        return 0, Delta()
    ids = _next(connection, done, end, most)
    told = list(_facts(connection, ids))
    delta = sql_rows.learn(connection, told) if told else Delta()
    readings = progress.value(connection, READINGS) + 1
    progress.put_values(connection, {READ_UP_TO: ids[-1] if ids else end, READINGS: readings})
    return len(ids), delta


def _next(connection: Connection, done: int, end: int, most: int) -> list[int]:
    """The next events, as many as fit into memory."""
    sizes = select(events.c.id, func.length(events.c.body)).where(events.c.id > done, events.c.id <= end)
    chosen: list[int] = []
    room = _BYTES_AT_ONCE
    for number, size in connection.execute(sizes.order_by(events.c.id).limit(most)):
        if chosen and size > room:
            break
        chosen.append(number)
        room -= size
    return chosen


def _facts(connection: Connection, ids: Sequence[int]) -> Iterator[Told]:
    statement = select(events.c.id, events.c.body).where(events.c.id.in_(ids)).order_by(events.c.id)
    for number, body in connection.execute(statement):
        try:
            yield facts.read(orjson.loads(body))
        except Exception as error:  # noqa: BLE001
            # An older version may have taken what this one would refuse, and one must not stop the rest.
            logger.warning("stored_event_not_read", event=number, reason=f"{type(error).__name__}: {error}")

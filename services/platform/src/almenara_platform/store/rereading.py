"""Stored events read into the lineage graph: those from before it, or all of them once more.

The catalog of datasets is read with it, for what a killed process had put off.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from loguru import logger
from sqlalchemy import Connection, func, select

from almenara_platform.lineage.facts.model import Told
from almenara_platform.lineage.ledger import progress, sql_rows
from almenara_platform.lineage.ledger.port import Delta
from almenara_platform.lineage.ledger.progress import READ_UP_TO, TO_BE_READ
from almenara_platform.store import arrivals, catalog
from almenara_platform.store.dataset_rows import DatasetsPart, SeenDatasets
from almenara_platform.store.remembered import RememberedRows
from almenara_platform.store.schema import events, shared
from almenara_platform.store.shared import WHOLE, whole

_BYTES_AT_ONCE = 16 * 2**20


def begin(connection: Connection) -> None:
    """Let everything that is stored now be read."""
    progress.put_values(connection, {READ_UP_TO: 0, TO_BE_READ: arrivals.newest(connection)})


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
    entries = list(_entries(connection, ids))
    told = [Told(entry.stamp[0], entry.gist.facts) for entry in entries]
    delta = sql_rows.learn(connection, told) if told else Delta()
    _see_datasets(connection, entries)
    progress.put_values(connection, {READ_UP_TO: ids[-1] if ids else end})
    progress.count_reading(connection)
    return len(ids), delta


def _next(connection: Connection, done: int, end: int, most: int) -> list[int]:
    """The next events, as many as fit into memory."""
    size = func.length(events.c.body) + func.coalesce(func.length(shared.c.parts), 0)
    sizes = select(events.c.id, size).select_from(WHOLE).where(events.c.id > done, events.c.id <= end)
    chosen: list[int] = []
    room = _BYTES_AT_ONCE
    for number, size in connection.execute(sizes.order_by(events.c.id).limit(most)):
        if chosen and size > room:
            break
        chosen.append(number)
        room -= size
    return chosen


def _entries(connection: Connection, ids: Sequence[int]) -> Iterator[catalog.Entry]:
    columns = select(events.c.id, events.c.body, shared.c.parts).select_from(WHOLE)
    statement = columns.where(events.c.id.in_(ids)).order_by(events.c.id)
    for number, body, parts in connection.execute(statement):
        try:
            yield catalog.read(whole(body, parts))
        except Exception as error:  # noqa: BLE001
            # An older version may have taken what this one would refuse, and one must not stop the rest.
            logger.warning("stored_event_not_read", event=number, reason=f"{type(error).__name__}: {error}")


def _see_datasets(connection: Connection, entries: Sequence[catalog.Entry]) -> None:
    names = {(each.namespace, each.name) for entry in entries for each in entry.datasets}
    seen = SeenDatasets()
    part = DatasetsPart(connection, names, RememberedRows(), seen)
    for entry in entries:
        for sighting in entry.datasets:
            part.learn(sighting, entry, entry)
    part.write()
    seen.committed()
    seen.write(connection)

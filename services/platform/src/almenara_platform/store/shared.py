"""What many events say of job and datasets, kept once, and put together with what each says alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, delete, select, union

from almenara_platform.gateway import measured
from almenara_platform.gateway.parts import PARTS
from almenara_platform.lineage.ledger import progress
from almenara_platform.runs.registers import Registers
from almenara_platform.store import arrivals
from almenara_platform.store import gist as gists
from almenara_platform.store.access import chunks, fetch, put
from almenara_platform.store.database import Database
from almenara_platform.store.gist import Gist
from almenara_platform.store.remembered import RememberedRows
from almenara_platform.store.schema import events, runs, shared

_ALL = select(shared.c.digest, shared.c.parts)
WHOLE = events.outerjoin(shared, shared.c.digest == events.c.shared)
"""Events with the parts that they share."""

_MOST = 2048
_KNOWN: dict[str, Registers] = {}
"""By their digests, so that whatever a database is asked for is the same in all of them."""


class SharedPart:
    """The parts that the events of a transaction share with others."""

    def __init__(self, connection: Connection, gists: Iterable[Gist], remembered: RememberedRows) -> None:
        # What is told a first time may never be told again.
        told = {gist.key: gist for gist in gists if gist.told > 1}
        self._keys = {gist.registers: key for key, gist in told.items()}
        known = remembered.take(shared, told)
        put(
            connection,
            shared,
            [{"digest": key, "parts": gist.packed} for key, gist in told.items() if key not in known],
        )
        remembered.put_back(shared, dict.fromkeys(told))

    def keep(self, key: str, registers: Registers) -> None:
        """Know of parts that a row names already."""
        self._keys[registers] = key

    def key(self, registers: Registers | None) -> str | None:
        """Under what the parts that tell these are kept, None where they are not."""
        return None if registers is None else self._keys.get(registers)


def registers_of(connection: Connection, keys: Iterable[str | None]) -> Mapping[str | None, Registers]:
    """What shared parts tell, by their keys."""
    wanted = {key for key in keys if key is not None}
    # Another thread may empty it meanwhile.
    found: dict[str | None, Registers] = {key: known for key in wanted if (known := _KNOWN.get(key))}
    for row in fetch(connection, _ALL, [shared.c.digest], wanted - found.keys()):
        found[row.digest] = gists.of(row.parts).registers
    if len(_KNOWN) + len(found) > _MOST:
        _KNOWN.clear()
    _KNOWN.update((key, registers) for key, registers in found.items() if key is not None)
    return found


def whole(body: bytes, parts: bytes | None) -> dict[str, Any]:
    """An event out of what is its own and the parts that it shares; None where it shares none."""
    event: dict[str, Any] = orjson.loads(body)
    if parts is not None:
        for name, value in zip(PARTS, orjson.loads(parts), strict=True):
            if name in event:
                own = event[name]
                event[name] = measured.joined(value, own) if own else value
    return event


def forget_unused(database: Database) -> None:
    """Delete shared parts that no event and no run names any more."""
    with database.reading() as connection:
        newest = arrivals.newest(connection)
        used = union(*(select(table.c.shared).where(table.c.shared.is_not(None)) for table in (events, runs)))
        unused = list(connection.scalars(select(shared.c.digest).where(shared.c.digest.not_in(used))))
    if not unused:
        return
    with database.writing() as connection:
        came = select(events.c.shared).where(events.c.id > newest, events.c.shared.is_not(None))
        named = set(connection.scalars(came))
        for some in chunks(key for key in unused if key not in named):
            connection.execute(delete(shared).where(shared.c.digest.in_(some)))
        # Else whoever remembers them would not find that they are gone.
        progress.count_reading(connection)

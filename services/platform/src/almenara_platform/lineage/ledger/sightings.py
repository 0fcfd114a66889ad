"""Flows and schemas that were seen again: only their times are new, and those are written behind.

Every run of a pipeline sees all of them again. Until they are written, what is read is put together with what
waits here; what a killed process had waiting is read out of the stored events again. Times are joined in any
order, so that it does not matter when they are written, nor who writes them. Those of statements are not put
off: what the next version of a statement keeps of the one before depends on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Table, Update, bindparam, case, update

from almenara_platform.lineage.ledger.cells import Span, Stated
from almenara_platform.lineage.ledger.known import Keys
from almenara_platform.store import lineage_tables as tables
from almenara_platform.store.access import execute_for_each

Key = tuple[Any, Any]


class Sightings:
    """What facts tell, with the times when they were told again.

    Used by one writing transaction at a time, and by readers meanwhile.
    """

    def __init__(self) -> None:
        self._waiting: dict[int, tuple[Keys, Span]] = {}
        self._staged: list[tuple[Keys, Span]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def begin(self) -> None:
        """A transaction begins; what the one before left, which was not committed, is dropped."""
        self._staged.clear()

    def put_off(self, keys: Keys, seen: Span) -> None:
        """The open transaction sees these again."""
        self._staged.append((keys, seen))

    def committed(self) -> None:
        """The open transaction is committed."""
        for keys, seen in self._staged:
            known = self._waiting.get(id(keys))
            self._waiting[id(keys)] = (keys, seen if known is None else known[1].joined(seen))
        self._staged.clear()

    def flows(self) -> Mapping[Key, Span]:
        """The times of flows that wait to be written."""
        return _joined((flow, seen) for keys, seen in list(self._waiting.values()) for flow in keys.flows)

    def schemas(self) -> Mapping[Key, Span]:
        """The times of schemas that wait to be written."""
        waiting = list(self._waiting.values())
        return _joined((schema, seen) for keys, seen in waiting for schema, _ in keys.schemas)

    def write(self, connection: Connection) -> None:
        """Write all that waits; ``written`` is to be called once it is committed."""
        see(connection, tables.flows, self.flows())
        see(connection, tables.schemas, self.schemas())

    def written(self) -> None:
        """All that waited is committed."""
        self._waiting = {}


def _joined(seen: Iterable[tuple[Key, Span]]) -> dict[Key, Span]:
    found: dict[Key, Span] = {}
    for key, span in seen:
        known = found.get(key)
        found[key] = span if known is None else known.joined(span)
    return found


def see(connection: Connection, table: Table, seen: Mapping[Key, Span | Stated]) -> None:
    """Widen the times of rows by their key."""
    if seen:
        rows = [
            {"of_0": key[0], "of_1": key[1], "began": span.first, "ended": span.last}
            for key, span in seen.items()
        ]
        execute_for_each(connection, _WIDEN[table.name], rows)


def _widen(table: Table) -> Update:
    """Every row keeps the earliest and the latest of its own times and of those that are given."""
    mine = [column == bindparam(f"of_{place}") for place, column in enumerate(table.primary_key)]
    first, last = table.c.first_seen, table.c.last_seen
    began, ended = bindparam("began", type_=first.type), bindparam("ended", type_=last.type)
    return (
        update(table)
        .where(*mine)
        .values(
            first_seen=case((began < first, began), else_=first),
            last_seen=case((ended > last, ended), else_=last),
        )
    )


_WIDEN = {table.name: _widen(table) for table in (tables.flows, tables.schemas, tables.statements)}

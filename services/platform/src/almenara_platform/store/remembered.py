"""Rows that transactions left behind, so that the next one need not read them again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, select

from almenara_platform.lineage.ledger import progress
from almenara_platform.store import schema
from almenara_platform.store.lineage_tables import progress as numbers

_MOST = 4096
_EVENTS = schema.events.c
_READINGS = select(numbers.c.value).where(numbers.c.name == progress.READINGS).scalar_subquery()
_MARK = select(_EVENTS.digest, _EVENTS.received_at, _READINGS).order_by(_EVENTS.id.desc()).limit(1)

Mark = tuple[str, int, int | None]
"""Digest and time of arrival of the newest event, and how often stored events were read again.

Whatever changes a remembered row changes one of them in the same transaction, so by another mark a database
tells that somebody else has written to it.
"""


class RememberedRows:
    """The rows of some tables by their keys, as of the last transaction that this process committed.

    A transaction takes rows out and puts back what it has written. ``begin`` finds in the database whether
    the one before was committed: what that put back is dropped if not, and everything is if others wrote.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._rows: dict[str, dict[Any, Any]] = defaultdict(dict)
        self._as_of: Mark | None = None
        self._put_back: dict[str, dict[Any, Any]] = {}
        self._following: Mark | None = None

    def begin(self, connection: Connection) -> None:
        """Be of use to a transaction that has begun, and that no other writing one overlaps."""
        found = connection.execute(_MARK).one_or_none()
        mark = None if found is None else (found[0], found[1], found[2])
        if mark is None or mark not in (self._as_of, self._following):
            self._rows.clear()
        elif mark == self._following:
            self._settle()
        self._as_of, self._following, self._put_back = mark, None, {}

    def take(self, table: Table, keys: Iterable[Any]) -> dict[Any, Any]:
        """The rows that are known of ``keys``; they are the caller's to change."""
        known = self._rows[table.name]
        return {key: known.pop(key) for key in keys if key in known}

    def put_back(self, table: Table, rows: Mapping[Any, Any]) -> None:
        """These rows are written in the open transaction; nobody changes them any more."""
        self._put_back.setdefault(table.name, {}).update(rows)

    def end(self, digest: str, received_at: int) -> None:
        """All is written, and this is the last event that the open transaction stored."""
        self._following = (digest, received_at, self._as_of[2] if self._as_of else None)

    def _settle(self) -> None:
        for table, rows in self._put_back.items():
            known = self._rows[table]
            known.update(rows)
            for key in list(islice(known, max(0, len(known) - self._most))):
                del known[key]

"""The log store in memory: for tests and for looking around; gone with the process."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from threading import Lock

from almenara_platform import cursor
from almenara_platform.clock import to_nanos
from almenara_platform.logs.identity import digest
from almenara_platform.logs.matching import matches
from almenara_platform.logs.model import LogRecord
from almenara_platform.logs.port import LogQuery, Order
from almenara_platform.page import Page


class MemoryLogStore:
    """A ``WritableLogStore`` of one dictionary."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._records: dict[tuple[int, int], LogRecord] = {}

    def add(self, records: Sequence[LogRecord]) -> None:
        with self._lock:
            for record in records:
                self._records.setdefault((record.time_ns, digest(record)), record)

    def find(self, query: LogQuery) -> Page[LogRecord]:
        after = tuple(cursor.decode(query.cursor, int, int)) if query.cursor else None
        newest_first = query.order is Order.NEWEST_FIRST
        with self._lock:
            found = [(key, record) for key, record in self._records.items() if matches(record, query)]
        found.sort(key=lambda item: item[0], reverse=newest_first)
        rest = [
            item for item in found if after is None or (item[0] < after if newest_first else item[0] > after)
        ]
        page = rest[: query.limit]
        return Page(
            [record for _, record in page], cursor.encode(*page[-1][0]) if len(rest) > len(page) else None
        )

    def forget(self, before: datetime) -> int:
        limit = to_nanos(before)
        with self._lock:
            old = [key for key in self._records if key[0] < limit]
            for key in old:
                del self._records[key]
        return len(old)

    def size_bytes(self) -> int:
        return 0

    def ping(self) -> None:
        """Memory always answers."""

    def close(self) -> None:
        """Nothing to release."""

"""New log records as they come in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from almenara_platform.clock import from_nanos
from almenara_platform.logs.identity import digest
from almenara_platform.logs.model import LogRecord
from almenara_platform.logs.port import LogQuery, Order
from almenara_platform.page import Page

# Services send their logs in batches, so a record may come after one that is this much younger.
LATENESS = timedelta(seconds=30)
_MOST_PAGES = 5


class Tail:
    """Finds what came in since the last look, each record once, oldest first.

    ``find`` is a log store's; ``query`` says which records; ``seen`` are the records already shown.
    Not safe for use by several threads at once.
    """

    def __init__(
        self,
        find: Callable[[LogQuery], Page[LogRecord]],
        query: LogQuery,
        seen: Sequence[LogRecord],
        now: datetime,
    ) -> None:
        self._find = find
        self._query = replace(query, order=Order.OLDEST_FIRST, cursor=None, until=None)
        self._seen = {_identity(record): record.time_ns for record in seen}
        self._newest = max((from_nanos(record.time_ns) for record in seen), default=now)

    def new(self) -> list[LogRecord]:
        """Records that were not there before. Raises what the store raises."""
        since = self._since()
        fresh = [record for record in self._records(since) if _identity(record) not in self._seen]
        for record in fresh:
            self._seen[_identity(record)] = record.time_ns
            self._newest = max(self._newest, from_nanos(record.time_ns))
        self._forget()
        return fresh

    def _since(self) -> datetime:
        since = self._newest - LATENESS
        return max(since, self._query.since) if self._query.since else since

    def _records(self, since: datetime) -> list[LogRecord]:
        page = self._find(replace(self._query, since=since))
        found = list(page.items)
        for _ in range(_MOST_PAGES - 1):
            if page.next is None:
                break
            page = self._find(replace(self._query, since=since, cursor=page.next))
            found.extend(page.items)
        return found

    def _forget(self) -> None:
        oldest = self._newest - 2 * LATENESS
        self._seen = {key: time for key, time in self._seen.items() if from_nanos(time) >= oldest}


def _identity(record: LogRecord) -> tuple[int, int]:
    return record.time_ns, digest(record)

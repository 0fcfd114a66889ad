"""A queue of records in memory, for when the disk takes none."""

from __future__ import annotations

import threading
from collections import deque

from almenara.spool.record import Record


class MemoryQueue:
    """Holds at most `max_bytes` of payload; beyond it the oldest records are dropped."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._records: deque[Record] = deque()
        self._bytes = 0
        self._gone = 0

    @property
    def written(self) -> int:
        """How many records were ever appended."""
        return self._gone + len(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def reached(self, written: int) -> bool:
        """Whether the first `written` records are acknowledged or dropped."""
        return self._gone >= written

    def append(self, record: Record) -> int:
        """Take the record; how many items were dropped for it."""
        with self._lock:
            self._records.append(record)
            self._bytes += len(record.payload)
            dropped = 0
            while self._bytes > self._max_bytes and len(self._records) > 1:
                dropped += self._pop().items
            return dropped

    def read(self, max_bytes: int, max_records: int) -> tuple[list[Record], int]:
        """The oldest records, at least one when there are any, and what to acknowledge them with."""
        with self._lock:
            taken: list[Record] = []
            size = 0
            for record in self._records:
                size += len(record.payload)
                if len(taken) == max_records or (taken and size > max_bytes):
                    break
                taken.append(record)
            return taken, self._gone + len(taken)

    def acknowledge(self, written: int) -> None:
        """Forget the first `written` of all records ever appended."""
        with self._lock:
            while self._records and self._gone < written:
                self._pop()

    def _pop(self) -> Record:
        record = self._records.popleft()
        self._bytes -= len(record.payload)
        self._gone += 1
        return record

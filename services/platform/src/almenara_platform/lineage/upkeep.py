"""What keeps the graph in step: events that it has not read yet, and what other processes write."""

from __future__ import annotations

import time

from loguru import logger

from almenara_platform.lineage.index import LineageIndex
from almenara_platform.store.port import LineageStore

# Half of the time between two turns: whoever sends events meanwhile hardly notices.
_TURN_SECONDS = 1.0


class LineageUpkeep:
    """Called again and again; each turn is short, and what is left waits for the next."""

    def __init__(self, store: LineageStore, index: LineageIndex) -> None:
        self._store = store
        self._index = index
        self._read = 0

    def __call__(self) -> None:
        """Write what was put off, read some of the unread events, then take in what others wrote.

        Raises ``StoreUnavailable``.
        """
        self._store.write_behind()
        self._read_events()
        self._index.catch_up()

    def _read_events(self) -> None:
        end = time.monotonic() + _TURN_SECONDS
        while count := self._store.read_some():
            if not self._read:
                logger.info("lineage_reads_stored_events", events=count + self._store.unread())
            self._read += count
            if time.monotonic() >= end:
                return
        if self._read:
            logger.info("lineage_has_read_stored_events", events=self._read)
            self._read = 0

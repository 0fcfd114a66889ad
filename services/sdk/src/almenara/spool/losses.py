"""What was dropped, counted by signal and reason, and told once."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from typing import Protocol

log = logging.getLogger("almenara.spool")


class Meter(Protocol):
    """Is told what becomes of signals; `signal` is spans, logs or lineage."""

    def sent(self, signal: str, items: int) -> None:
        """The destination took `items`."""

    def failed(self, signal: str) -> None:
        """One request failed and is tried again."""

    def dropped(self, signal: str, reason: str, items: int) -> None:
        """`items` were given up."""


class NoMeter:
    """Measures nothing."""

    def sent(self, signal: str, items: int) -> None:
        """Forget it."""

    def failed(self, signal: str) -> None:
        """Forget it."""

    def dropped(self, signal: str, reason: str, items: int) -> None:
        """Forget it."""


class Losses:
    """Counts dropped items; each pair of signal and reason is logged once in the life of the process.

    `count` only counts, for it runs on the caller's path and inside log handlers; `tell`, called from a
    background thread, writes the warnings. What holds up several lanes alike is told by the first of them.
    """

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._details: dict[tuple[str, str], str] = {}
        self._told: set[tuple[str, str]] = set()
        self._topics: set[str] = set()

    def count(self, signal: str, reason: str, items: int, detail: str = "") -> None:
        """Add `items` of `signal` (spans, logs, lineage) dropped for `reason` (snake_case)."""
        if items <= 0:
            return
        with self._lock:
            self._counts[signal, reason] += items
            self._details.setdefault((signal, reason), detail)
        self._meter.dropped(signal, reason, items)

    def snapshot(self) -> dict[tuple[str, str], int]:
        """Dropped items by (signal, reason)."""
        with self._lock:
            return dict(self._counts)

    def begins(self, topic: str) -> bool:
        """Whether nobody has told of `topic` yet; whoever gets True tells for all lanes."""
        with self._lock:
            known = topic in self._topics
            self._topics.add(topic)
        return not known

    def ends(self, topic: str) -> None:
        """What `topic` stands for is mended; the next time it is told again."""
        with self._lock:
            self._topics.discard(topic)

    def tell(self) -> None:
        """Log the pairs that were not logged yet, with their first detail and count so far."""
        with self._lock:
            untold = [(pair, count) for pair, count in self._counts.items() if pair not in self._told]
            self._told.update(pair for pair, _ in untold)
        for (signal, reason), count in untold:
            detail = self._details.get((signal, reason))
            log.warning(
                "%d %s dropped: %s%s; more of them are only counted",
                count,
                signal,
                reason.replace("_", " "),
                f" ({detail})" if detail else "",
            )

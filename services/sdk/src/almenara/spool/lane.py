"""The way of one kind of signal to one destination."""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from almenara.clock import Clock
from almenara.spool.delivery import Deliver
from almenara.spool.losses import Losses, Meter
from almenara.spool.record import Record
from almenara.spool.sender import LONGEST_BACKOFF_SECONDS, Sender
from almenara.spool.spool import Limits, Spool

CHUNK = 512

Encode = Callable[[Sequence[Any]], tuple[Sequence[tuple[bytes, int]], int]]


@dataclass(frozen=True, slots=True)
class Route:
    """What is particular to a lane.

    `signal` is spans, logs or lineage; `encode` turns items into payloads, each with its number of items, and
    tells how many items it could not encode; `destination` keeps the spools of two addresses apart, or one
    project would deliver what another left; `merge` says that payloads may be laid end to end.
    """

    signal: str
    destination: str
    encode: Encode
    deliver: Callable[[], Deliver]
    merge: bool
    longest_backoff_seconds: float = LONGEST_BACKOFF_SECONDS

    @property
    def folder(self) -> str:
        """Name of the lane's folder in the spool."""
        return f"{self.signal}-{hashlib.sha256(self.destination.encode()).hexdigest()[:12]}"


class Lane:
    """Queue in memory, encoder, spool and sender of one route."""

    def __init__(
        self,
        route: Route,
        root: Path,
        limits: Limits,
        max_items: int,
        losses: Losses,
        meter: Meter,
        clock: Clock,
    ) -> None:
        self._route = route
        self._max_items = max_items
        self._losses = losses
        self._clock = clock
        self._items: deque[Any] = deque()
        self._root = root / route.folder
        self._spool = Spool(root, route.folder, limits, losses, clock)
        self._sender = Sender(
            route.signal,
            self._spool,
            route.deliver(),
            losses,
            meter,
            merge=route.merge,
            longest_backoff_seconds=route.longest_backoff_seconds,
        )

    def put(self, items: Sequence[Any]) -> None:
        """Queue the items; those that find no room are dropped and counted. Never waits."""
        room = self._max_items - len(self._items)
        if room < len(items):
            self._losses.count(self._route.signal, "queue_full", len(items) - max(0, room))
            items = items[: max(0, room)]
        self._items.extend(items)

    def drain(self, deadline: float) -> None:
        """Encode what is queued and hand it to the spool, until `deadline` (time.monotonic)."""
        while self._items and time.monotonic() < deadline:
            # deque.popleft by this one reader and extend by many writers need no lock
            chunk = [self._items.popleft() for _ in range(min(CHUNK, len(self._items)))]
            self._append(chunk)
        if not self._spool.reached(self._spool.mark()):
            self._sender.start()
            self._sender.notify()

    def start_if_orphaned(self) -> None:
        """Begin to send at once when an earlier process may have left something."""
        if any(islice(self._left_behind(), 1)):
            self._sender.start()

    def hurry(self) -> None:
        """Try to deliver now."""
        self._sender.hurry()

    def flush(self, deadline: float, *, give_up_when_unavailable: bool = False) -> bool:
        """Wait until all that is in the spool now is delivered."""
        reached = partial(self._spool.reached, self._spool.mark())
        return reached() or self._sender.wait_until(
            reached, deadline, give_up_when_unavailable=give_up_when_unavailable
        )

    def flush_inherited(self, deadline: float) -> None:
        """Wait until what was adopted is delivered, or cannot be now."""
        if self._spool.inherits:
            self._sender.wait_until(lambda: not self._spool.inherits, deadline, give_up_when_unavailable=True)

    def close(self, deadline: float) -> None:
        """Stop sending and leave the rest to the next process."""
        self._sender.stop(deadline)
        self._losses.count(self._route.signal, "exit", len(self._items), "no time was left to keep them")
        self._spool.close()

    def abandon(self) -> None:
        """Leave everything to the parent of a forked child."""
        self._spool.abandon()

    def _append(self, chunk: list[Any]) -> None:
        payloads, failed = self._route.encode(chunk)
        self._losses.count(self._route.signal, "unencodable", failed, "they cannot be serialised")
        for payload, items in payloads:
            self._spool.append(Record(payload, items, self._clock.time_ns()))

    def _left_behind(self) -> Iterator[Path]:
        try:
            yield from self._root.iterdir()
        except OSError:
            return

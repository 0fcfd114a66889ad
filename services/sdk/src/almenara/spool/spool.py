"""Records of one lane on their way out: on disk, in memory when the disk takes none, and orphans."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from almenara.clock import Clock
from almenara.spool.budget import Budget
from almenara.spool.folders import OwnedFolder, clear_expired, orphans, own_folder, sibling_lanes
from almenara.spool.losses import Losses
from almenara.spool.memory import MemoryQueue
from almenara.spool.record import Record
from almenara.spool.segments import Position, SegmentQueue

log = logging.getLogger("almenara.spool")

DISK_RETRY_SECONDS = 60.0
MEMORY_MAX_BYTES = 32 * 1024 * 1024
SMALLEST_SEGMENT = 64 * 1024
LARGEST_SEGMENT = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a spool: bytes of all lanes and processes together, and the age of a record."""

    max_bytes: int = 256 * 1024 * 1024
    max_age_seconds: float = 72 * 3600.0
    memory_bytes: int = MEMORY_MAX_BYTES

    @property
    def segment_bytes(self) -> int:
        """Small enough that dropping one segment loses little, large enough that there are few."""
        return max(SMALLEST_SEGMENT, min(LARGEST_SEGMENT, self.max_bytes // 16))


class Mark(NamedTuple):
    """A moment in the life of a spool: everything appended before it."""

    disk: Position
    memory: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Records to deliver, oldest first; `settle` forgets them."""

    records: list[Record]
    settle: Callable[[], None]


class Spool:
    """The queue between the writer and the sender of one lane; each of them is one thread.

    Nothing raises: what the disk refuses is kept in memory, damage is skipped, both counted and told once.
    """

    def __init__(self, root: Path, lane: str, limits: Limits, losses: Losses, clock: Clock) -> None:
        self._root = root / lane
        self._signal = lane.partition("-")[0]
        self._limits = limits
        self._losses = losses
        self._clock = clock
        self._budget = Budget(root, limits.max_bytes, losses)
        self._memory = MemoryQueue(limits.memory_bytes)
        self._folder: OwnedFolder | None = None
        self._disk: SegmentQueue | None = None
        self._disk_after = 0.0
        self._adopted: list[tuple[OwnedFolder, SegmentQueue]] = []
        self._orphans_turn = False

    def append(self, record: Record) -> None:
        """Take one record."""
        # memory is read after the disk, so the disk is used again only once the memory is empty
        if not self._memory and self._clock.monotonic() >= self._disk_after and self._append_to_disk(record):
            return
        dropped = self._memory.append(record)
        self._losses.count(self._signal, "memory_full", dropped, "the disk takes none")

    def read(self, max_bytes: int, max_records: int) -> Outgoing | None:
        """The next records to deliver, young enough; orphans and own ones in turn; None when all is quiet."""
        self._orphans_turn = not self._orphans_turn
        first, second = self._read_own, self._read_orphans
        if self._orphans_turn:
            first, second = second, first
        return first(max_bytes, max_records) or second(max_bytes, max_records)

    def mark(self) -> Mark:
        """Now, for `reached`."""
        disk = self._disk.written if self._disk else Position(0, 0)
        return Mark(disk, self._memory.written)

    def reached(self, mark: Mark) -> bool:
        """Whether all that was appended before `mark` is settled."""
        return (self._disk is None or self._disk.reached(mark.disk)) and self._memory.reached(mark.memory)

    @property
    def inherits(self) -> bool:
        """Whether something is left of what was adopted."""
        return any(not queue.reached(queue.written) for _, queue in list(self._adopted))

    @property
    def durable(self) -> bool:
        """Whether what waits here outlives the process."""
        return not self._memory

    def adopt(self) -> None:
        """Take over what processes that are gone left for the same destination, and clear what is too old."""
        for lane in sibling_lanes(self._root):
            clear_expired(lane, self._clock.time_ns() / 1e9 - self._limits.max_age_seconds)
        for folder in orphans(self._root):
            self._adopted.append((folder, SegmentQueue(folder.path, self._limits.segment_bytes)))

    def close(self) -> None:
        """Leave what waits to the next process."""
        self._losses.count(self._signal, "exit", self._memory_items(), "they were only in memory")
        for folder, queue in [*self._adopted, *self._own()]:
            folder.release(remove=queue.close())
        self._adopted, self._folder, self._disk = [], None, None

    def abandon(self) -> None:
        """Forget all in a forked child: it belongs to the parent."""
        for _, queue in [*self._adopted, *self._own()]:
            queue.abandon()

    def _own(self) -> list[tuple[OwnedFolder, SegmentQueue]]:
        return [(self._folder, self._disk)] if self._folder and self._disk else []

    def _append_to_disk(self, record: Record) -> bool:
        try:
            if self._disk is None:
                self._folder = own_folder(self._root)
                self._disk = SegmentQueue(self._folder.path, self._limits.segment_bytes)
            if self._disk.append(record):
                self._budget.enforce()
        except Exception as error:  # noqa: BLE001 - whatever a disk or a lock does, the job goes on
            self._disk_after = self._clock.monotonic() + DISK_RETRY_SECONDS
            self._forget_vanished_folder()
            self._warn_of_disk(error)
            return False
        return True

    def _forget_vanished_folder(self) -> None:
        if self._folder and not self._folder.path.is_dir():
            self._folder.release(remove=True)
            self._folder = self._disk = None

    def _warn_of_disk(self, error: Exception) -> None:
        if self._losses.begins(f"no disk below {self._root.parent}"):
            log.warning(
                "%s cannot be written (%s): signals wait in memory only and are lost if the process ends "
                "before they are sent; point ALMENARA_SPOOL_DIR at a folder with room",
                self._root.parent,
                error,
            )

    def _read_own(self, max_bytes: int, max_records: int) -> Outgoing | None:
        if self._disk and (found := self._read_disk(self._disk, max_bytes, max_records)):
            return found
        records, end = self._memory.read(max_bytes, max_records)
        return Outgoing(records, partial(self._memory.acknowledge, end)) if records else None

    def _read_orphans(self, max_bytes: int, max_records: int) -> Outgoing | None:
        while self._adopted:
            folder, queue = self._adopted[0]
            if found := self._read_disk(queue, max_bytes, max_records):
                return found
            queue.close()
            folder.release(remove=True)
            self._adopted.pop(0)
        return None

    def _read_disk(self, queue: SegmentQueue, max_bytes: int, max_records: int) -> Outgoing | None:
        while batch := queue.read(max_bytes, max_records):
            self._losses.count(self._signal, "corrupt", batch.damaged, "records damaged on disk")
            young = [record for record in batch.records if self._is_young(record)]
            if young:
                return Outgoing(young, partial(queue.acknowledge, batch.end))
            queue.acknowledge(batch.end)
        return None

    def _is_young(self, record: Record) -> bool:
        age = (self._clock.time_ns() - record.time_ns) / 1e9
        if age <= self._limits.max_age_seconds:
            return True
        self._losses.count(
            self._signal, "expired", record.items, f"older than {self._limits.max_age_seconds:g} s"
        )
        return False

    def _memory_items(self) -> int:
        records, _ = self._memory.read(self._limits.memory_bytes, len(self._memory))
        return sum(record.items for record in records)

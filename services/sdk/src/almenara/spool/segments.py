"""A queue of records in the segment files of one folder, oldest first."""

from __future__ import annotations

import os
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from almenara.spool.record import Damage, Record, read_record

SUFFIX = ".seg"
CURSOR = "cursor"
CURSOR_FIELDS = struct.Struct("<QQ")


class Position(NamedTuple):
    """A place between two records: number of the segment and offset in it."""

    segment: int
    offset: int


@dataclass(slots=True)
class Batch:
    """Records in order, the place after the last one, and how many damaged places lay between them."""

    end: Position
    records: list[Record] = field(default_factory=list)
    damaged: int = 0


class SegmentQueue:
    """Appends to the last segment, reads from the first; both may happen in different threads.

    What was acknowledged is remembered in a cursor file, so that a restart does not send a whole segment
    again. Segments may vanish: another process that needs the room deletes the oldest ones.
    """

    def __init__(self, folder: Path, segment_bytes: int) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._lock = threading.Lock()
        self._numbers = sorted(int(path.stem) for path in folder.glob(f"*{SUFFIX}") if path.stem.isdigit())
        last = self._numbers[-1] if self._numbers else 0
        self._written = Position(last, self._size(last))
        cursor = _stored_cursor(folder)
        self._read = cursor if cursor <= self._written else Position(0, 0)
        self._descriptor = -1

    @property
    def written(self) -> Position:
        """The place after the newest record."""
        return self._written

    def reached(self, position: Position) -> bool:
        """Whether everything before `position` is acknowledged or gone."""
        with self._lock:
            return self._read >= position

    def append(self, record: Record) -> bool:
        """Write the record; True when it began a new segment. Raises OSError and then holds nothing of it."""
        framed = record.framed()
        with self._lock:
            began = self._begin_segment_for(len(framed))
            try:
                _write_all(self._descriptor, framed)
            except OSError:
                self._cut_torn_record()
                raise
            self._written = Position(self._written.segment, self._written.offset + len(framed))
            return began

    def read(self, max_bytes: int, max_records: int) -> Batch | None:
        """The oldest records that are not acknowledged, at least one; None when there are none."""
        while True:
            with self._lock:
                start, written = self._read, self._written
            limit = written.offset if start.segment == written.segment else self._size(start.segment)
            if start.offset < limit:
                with suppress(FileNotFoundError):
                    return self._read_segment(start, limit, max_bytes, max_records)
                if start.segment == written.segment:
                    self._give_up_vanished()
            if start.segment == written.segment:
                return None
            self.acknowledge(self._begin_of_next(start.segment))

    def acknowledge(self, position: Position) -> None:
        """Forget everything before `position` and delete the segments that lie wholly before it."""
        with self._lock:
            if position <= self._read:
                return
            self._read = position
            self._store_cursor()
            while self._numbers and self._numbers[0] < position.segment:
                self._path(self._numbers.pop(0)).unlink(missing_ok=True)

    def close(self) -> bool:
        """Close the file; True when nothing waits."""
        self.abandon()
        return self.reached(self._written)

    def abandon(self) -> None:
        """Close the descriptor and touch nothing else, as a forked child must."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def _begin_segment_for(self, size: int) -> bool:
        number, offset = self._written
        if self._descriptor >= 0 and (offset == 0 or offset + size <= self._segment_bytes):
            return False
        self.abandon()
        path = self._path(number + 1)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        self._numbers.append(number + 1)
        self._written = Position(number + 1, 0)
        return True

    def _cut_torn_record(self) -> None:
        with suppress(OSError):
            os.ftruncate(self._descriptor, self._written.offset)

    def _give_up_vanished(self) -> None:
        with self._lock:
            self.abandon()
            self._read = self._written

    def _read_segment(self, start: Position, limit: int, max_bytes: int, max_records: int) -> Batch:
        batch, size, offset = Batch(start), 0, start.offset
        with self._path(start.segment).open("rb") as file:
            while len(batch.records) < max_records and (found := read_record(file, offset, limit)):
                if isinstance(found, Damage):
                    batch.damaged += 1
                    offset = found.end
                else:
                    size += len(found[0].payload)
                    if batch.records and size > max_bytes:
                        break
                    batch.records.append(found[0])
                    offset = found[1]
                batch.end = Position(start.segment, offset)
        return batch

    def _begin_of_next(self, segment: int) -> Position:
        with self._lock:
            return Position(next(number for number in self._numbers if number > segment), 0)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:08}{SUFFIX}"

    def _size(self, number: int) -> int:
        try:
            return self._path(number).stat().st_size
        except OSError:
            return 0

    def _store_cursor(self) -> None:
        # without a cursor the segment is sent again after a crash, which every destination must bear
        with suppress(OSError):
            descriptor = os.open(self._folder / CURSOR, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, CURSOR_FIELDS.pack(*self._read))
            finally:
                os.close(descriptor)


def unsent_bytes(folder: Path) -> int:
    """Bytes of the segments in `folder` behind the cursor; any process may ask, at any time."""
    cursor, size = _stored_cursor(folder), 0
    for path in folder.glob(f"*{SUFFIX}"):
        number = int(path.stem) if path.stem.isdigit() else -1
        with suppress(OSError):
            if number >= cursor.segment:
                size += max(0, path.stat().st_size - (cursor.offset if number == cursor.segment else 0))
    return size


def _stored_cursor(folder: Path) -> Position:
    try:
        return Position(*CURSOR_FIELDS.unpack((folder / CURSOR).read_bytes()))
    except (OSError, struct.error):
        return Position(0, 0)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]

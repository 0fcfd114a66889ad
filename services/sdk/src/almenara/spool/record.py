"""One record of a segment file: a header with a checksum, and the bytes to deliver."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import BinaryIO

MAGIC = b"\xa1\x4e\x01\x0a"
FIELDS = struct.Struct("<4sIIQ")  # magic, payload length, items, time in ns
CHECKSUM = struct.Struct("<I")
HEADER_BYTES = FIELDS.size + CHECKSUM.size


@dataclass(frozen=True, slots=True)
class Record:
    """`payload` is delivered as it is, `items` is how many signals it holds, `time_ns` when it was made."""

    payload: bytes
    items: int
    time_ns: int

    def framed(self) -> bytes:
        """Header and payload as they stand in a segment."""
        fields = FIELDS.pack(MAGIC, len(self.payload), self.items, self.time_ns)
        return fields + CHECKSUM.pack(_checksum(fields, self.payload)) + self.payload


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes of a segment that are no record: torn by a crash, or changed on the disk."""

    end: int


def read_record(file: BinaryIO, offset: int, end: int) -> tuple[Record, int] | Damage | None:
    """The record at `offset` and where it ends; None at `end`; where to go on after a Damage.

    After damage the file is searched for the next sound record, so one bad sector costs one record.
    """
    if offset >= end:
        return None
    found = _record_at(file, offset, end)
    return found or Damage(_next_sound(file, offset + 1, end))


def _record_at(file: BinaryIO, offset: int, end: int) -> tuple[Record, int] | None:
    file.seek(offset)
    header = file.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES:
        return None
    magic, length, items, time_ns = FIELDS.unpack_from(header)
    stop = offset + HEADER_BYTES + length
    if magic != MAGIC or stop > end:
        return None
    payload = file.read(length)
    if CHECKSUM.unpack_from(header, FIELDS.size)[0] != _checksum(header[: FIELDS.size], payload):
        return None
    return Record(payload, items, time_ns), stop


def _next_sound(file: BinaryIO, start: int, end: int) -> int:
    file.seek(start)
    rest = file.read(end - start)
    at = rest.find(MAGIC)
    while at >= 0:
        if _record_at(file, start + at, end):
            return start + at
        at = rest.find(MAGIC, at + 1)
    return end


def _checksum(fields: bytes, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(fields))

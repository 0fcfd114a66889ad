"""A queue in segment files keeps order, survives damage and cleans up."""

from __future__ import annotations

import errno
import os

import pytest

from almenara.spool.record import Record
from almenara.spool.segments import Position, SegmentQueue

SEGMENT_BYTES = 400


def record(number: int, size: int = 76) -> Record:
    """A record that takes 100 bytes on disk."""
    return Record(f"{number:04}".encode().ljust(size, b"."), items=1, time_ns=number)


def numbers(batch) -> list[int]:
    """The numbers of the records in a batch."""
    return [found.time_ns for found in batch.records] if batch else []


def filled(folder, count: int) -> SegmentQueue:
    """A queue with records 0 to count - 1."""
    queue = SegmentQueue(folder, SEGMENT_BYTES)
    for number in range(count):
        queue.append(record(number))
    return queue


def drain(queue: SegmentQueue) -> tuple[list[int], int]:
    """Everything that waits, acknowledged; and how much of it was damaged."""
    found, damaged = [], 0
    while batch := queue.read(10_000, 100):
        found += numbers(batch)
        damaged += batch.damaged
        queue.acknowledge(batch.end)
    return found, damaged


def segments(folder) -> list[str]:
    """Names of the segment files."""
    return sorted(path.name for path in folder.glob("*.seg"))


def test_records_come_back_in_order(tmp_path):
    """First in, first out, over several segments."""
    queue = filled(tmp_path, 10)

    assert len(segments(tmp_path)) == 3
    assert drain(queue) == (list(range(10)), 0)
    assert queue.read(10_000, 100) is None


def test_what_is_acknowledged_leaves_the_disk(tmp_path):
    """A segment is deleted when all of it is acknowledged; the one being written stays."""
    queue = filled(tmp_path, 10)
    drain(queue)

    assert segments(tmp_path) == ["00000003.seg"]
    assert queue.close()


def test_a_read_is_repeated_until_acknowledged(tmp_path):
    """Reading takes nothing away."""
    queue = filled(tmp_path, 3)

    assert numbers(queue.read(10_000, 2)) == numbers(queue.read(10_000, 2)) == [0, 1]


def test_a_read_is_bounded_but_never_empty(tmp_path):
    """At most so many bytes and records, at least one record."""
    queue = filled(tmp_path, 4)

    assert numbers(queue.read(160, 100)) == [0, 1]
    assert numbers(queue.read(1, 100)) == [0]
    assert numbers(queue.read(10_000, 3)) == [0, 1, 2]


def test_a_record_larger_than_a_segment_has_one_of_its_own(tmp_path):
    """The size of a segment is no limit for a record."""
    queue = filled(tmp_path, 1)
    queue.append(record(1, size=5_000))
    queue.append(record(2))

    assert drain(queue)[0] == [0, 1, 2]


def test_a_new_owner_goes_on_where_the_last_one_was(tmp_path):
    """The cursor on disk remembers what was acknowledged."""
    queue = filled(tmp_path, 6)
    queue.acknowledge(queue.read(10_000, 2).end)
    queue.close()

    assert drain(SegmentQueue(tmp_path, SEGMENT_BYTES))[0] == [2, 3, 4, 5]


@pytest.mark.parametrize("cursor", [b"", b"torn", b"\xff" * 16])
def test_a_broken_cursor_costs_nothing_but_a_repetition(tmp_path, cursor):
    """Without a usable cursor everything on disk is sent again, and nothing is skipped for good."""
    filled(tmp_path, 2).close()
    (tmp_path / "cursor").write_bytes(cursor)
    queue = SegmentQueue(tmp_path, SEGMENT_BYTES)

    assert drain(queue)[0] == [0, 1]


def test_a_torn_end_is_skipped(tmp_path):
    """What a crash left half written is counted and does not stop the rest."""
    filled(tmp_path, 6).close()
    first = tmp_path / "00000001.seg"
    first.write_bytes(first.read_bytes()[:-30])

    assert drain(SegmentQueue(tmp_path, SEGMENT_BYTES)) == ([0, 1, 2, 4, 5], 1)


@pytest.mark.parametrize("offset", [0, 4, 8, 12, 20, 24, 60])
def test_a_changed_byte_costs_one_record(tmp_path, offset):
    """Magic, length, count, time, checksum and payload are all protected."""
    filled(tmp_path, 4).close()
    path = tmp_path / "00000001.seg"
    data = bytearray(path.read_bytes())
    data[100 + offset] ^= 0xFF
    path.write_bytes(data)

    assert drain(SegmentQueue(tmp_path, SEGMENT_BYTES)) == ([0, 2, 3], 1)


def test_garbage_blocks_nothing(tmp_path):
    """A file of noise and an empty one are passed over."""
    (tmp_path / "00000001.seg").write_bytes(os.urandom(3_000))
    (tmp_path / "00000002.seg").touch()
    (tmp_path / "notes.seg").write_text("not ours")
    queue = SegmentQueue(tmp_path, SEGMENT_BYTES)
    queue.append(record(7))

    assert drain(queue) == ([7], 1)


def test_a_vanished_segment_is_passed_over(tmp_path):
    """Another process may delete the oldest segment for room."""
    queue = filled(tmp_path, 10)
    (tmp_path / "00000001.seg").unlink()

    assert drain(queue)[0] == [4, 5, 6, 7, 8, 9]


def test_after_all_files_vanished_the_queue_goes_on(tmp_path):
    """Somebody emptied the folder: what was in it is gone, and what comes is kept."""
    queue = filled(tmp_path, 2)
    for path in tmp_path.iterdir():
        path.unlink()

    assert queue.read(10_000, 100) is None
    assert queue.reached(queue.written)
    queue.append(record(5))
    assert drain(queue)[0] == [5]


def test_a_full_disk_leaves_no_torn_record(tmp_path, monkeypatch):
    """A write that fails half-way is taken back, so that the next one follows a sound record."""
    queue = filled(tmp_path, 2)
    write = os.write

    def half(descriptor, data):
        if len(data) > 50:
            return write(descriptor, bytes(data[:50]))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(OSError, match="No space"):
        queue.append(record(2))
    monkeypatch.setattr(os, "write", write)
    queue.append(record(3))

    assert drain(queue) == ([0, 1, 3], 0)


def test_a_late_acknowledgement_changes_nothing(tmp_path):
    """Acknowledging what was acknowledged before does not go back."""
    queue = filled(tmp_path, 3)
    drain(queue)
    queue.acknowledge(Position(1, 100))

    assert queue.reached(queue.written)


def test_files_are_for_their_owner_only(tmp_path):
    """Telemetry may hold what others must not read."""
    filled(tmp_path, 1)

    assert (tmp_path / "00000001.seg").stat().st_mode & 0o077 == 0

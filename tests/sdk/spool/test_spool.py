"""A spool is bounded in size and age, outlives its process, and never raises."""

from __future__ import annotations

import errno
import logging
import os
import shutil

import pytest
from filelock import FileLock

from almenara.clock import ManualClock
from almenara.sink.metering import spool_bytes
from almenara.spool.folders import own_folder
from almenara.spool.losses import Losses, NoMeter
from almenara.spool.record import Record
from almenara.spool.segments import SegmentQueue
from almenara.spool.spool import DISK_RETRY_SECONDS, Limits, Spool

LANE = "spans-0123456789ab"


class Bench:
    """A spool folder, a clock, and the losses of whoever uses it."""

    def __init__(self, root, limits: Limits | None = None) -> None:
        self.root = root
        self.limits = limits or Limits()
        self.clock = ManualClock()
        self.losses = Losses(NoMeter())

    def spool(self, lane: str = LANE) -> Spool:
        """A spool as one process has it."""
        return Spool(self.root, lane, self.limits, self.losses, self.clock)

    def record(self, number: int, size: int = 100, items: int = 1) -> Record:
        """A record made now."""
        return Record(f"{number:06}".encode().ljust(size, b"."), items, self.clock.time_ns())

    @property
    def disk_bytes(self) -> int:
        """Bytes of the segments, of whichever lane."""
        return sum(path.stat().st_size for path in self.root.rglob("*.seg"))


@pytest.fixture
def bench(tmp_path):
    """A bench with default limits."""
    return Bench(tmp_path / "spool")


def drain(spool: Spool) -> list[int]:
    """The numbers of all records that wait, settled."""
    found = []
    while outgoing := spool.read(1_000_000, 100):
        found += [int(record.payload[:6]) for record in outgoing.records]
        outgoing.settle()
    return found


def test_the_next_process_sends_what_the_last_one_left(bench):
    """Records of a closed spool are adopted, in order, and then leave the disk."""
    first = bench.spool()
    for number in range(5):
        first.append(bench.record(number))
    first.close()
    second = bench.spool()
    second.adopt()

    assert drain(second) == [0, 1, 2, 3, 4]
    assert list((bench.root / LANE).iterdir()) == []


def test_a_living_process_keeps_its_folder(bench):
    """Nobody adopts what still has an owner."""
    first, second = bench.spool(), bench.spool()
    first.append(bench.record(1))
    second.adopt()

    assert drain(second) == []
    assert drain(first) == [1]


def test_other_destinations_are_left_alone(bench):
    """What was meant for one address is never sent to another."""
    first = bench.spool("spans-aaaaaaaaaaaa")
    first.append(bench.record(1))
    first.close()
    second = bench.spool()
    second.adopt()

    assert drain(second) == []
    assert bench.disk_bytes > 0


def test_own_and_adopted_records_take_turns(bench):
    """Neither a busy process nor a large inheritance starves the other."""
    first = bench.spool()
    for number in range(3):
        first.append(bench.record(number, size=900_000))
    first.close()
    second = bench.spool()
    second.adopt()
    for number in range(10, 13):
        second.append(bench.record(number, size=900_000))

    assert sorted(drain(second)[:2]) == [0, 10]


def test_the_oldest_goes_first_when_the_spool_is_full(bench):
    """Size is bounded; the newest records survive, and the dropped ones are counted."""
    bench.limits = Limits(max_bytes=1024 * 1024)
    spool = bench.spool()
    for number in range(400):
        spool.append(bench.record(number, size=10_000, items=3))
    left = drain(spool)
    dropped = bench.losses.snapshot()["spans", "spool_full"]

    assert left == list(range(400 - len(left), 400))
    assert dropped == 3 * (400 - len(left))
    assert 50 < len(left) < 110


def test_the_bound_holds_for_all_lanes_and_processes_together(bench):
    """The oldest segment is dropped whoever wrote it."""
    bench.limits = Limits(max_bytes=1024 * 1024)
    old = bench.spool("logs-0123456789ab")
    for number in range(80):
        old.append(bench.record(number, size=10_000))
    for path in bench.root.rglob("*.seg"):
        os.utime(path, (1, 1))
    new = bench.spool()
    for number in range(90):
        new.append(bench.record(number, size=10_000))

    assert drain(new) == list(range(90))
    assert bench.losses.snapshot()["logs", "spool_full"] > 40
    assert bench.disk_bytes < 1.3 * 1024 * 1024


def test_what_is_too_old_is_dropped(bench):
    """Records beyond the age limit are counted and not sent."""
    bench.limits = Limits(max_age_seconds=60)
    spool = bench.spool()
    spool.append(bench.record(1, items=7))
    bench.clock.advance(61)
    spool.append(bench.record(2))

    assert drain(spool) == [2]
    assert bench.losses.snapshot() == {("spans", "expired"): 7}


def test_folders_of_forgotten_destinations_are_cleared(bench):
    """What nobody will ever send leaves the disk at the age limit."""
    bench.limits = Limits(max_age_seconds=60)
    forgotten = bench.spool("spans-aaaaaaaaaaaa")
    forgotten.append(bench.record(1))
    forgotten.close()
    for path in bench.root.rglob("*"):
        os.utime(path, (1, 1))
    bench.spool().adopt()

    assert list(bench.root.rglob("*.seg")) == []


def test_a_read_only_disk_means_memory_and_one_warning(bench, caplog):
    """Nothing is lost while there is room in memory, and the user is told once what it means."""
    bench.root.parent.joinpath("file").touch()
    bench.root = bench.root.parent / "file" / "spool"
    spool = bench.spool()
    with caplog.at_level(logging.WARNING):
        for number in range(5):
            spool.append(bench.record(number))
            bench.clock.advance(DISK_RETRY_SECONDS + 1)

    assert drain(spool) == [0, 1, 2, 3, 4]
    assert len(caplog.records) == 1
    assert "ALMENARA_SPOOL_DIR" in caplog.text


def test_lanes_that_share_a_read_only_disk_give_one_warning(bench, caplog):
    """The folder is the same for all of them, and so is what to do."""
    bench.root.parent.joinpath("file").touch()
    bench.root = bench.root.parent / "file" / "spool"
    with caplog.at_level(logging.WARNING):
        for signal in ("spans", "logs", "lineage"):
            bench.spool(f"{signal}-0123456789ab").append(bench.record(1))

    assert len(caplog.records) == 1
    assert str(bench.root) in caplog.text


def test_what_is_delivered_is_not_counted_as_unsent(bench):
    """The size of a spool is what still waits in it, adopted folders included, not what the files take."""
    spool = bench.spool()
    for number in range(4):
        spool.append(bench.record(number, size=1000))
    whole = spool_bytes(bench.root)
    spool.read(1_000_000, 1).settle()
    after_one = spool_bytes(bench.root)
    spool.close()
    left = spool_bytes(bench.root)
    successor = bench.spool()
    successor.adopt()
    successor.read(1_000_000, 100).settle()

    assert whole == bench.disk_bytes
    assert after_one == left == whole * 3 / 4
    assert spool_bytes(bench.root) == 0


def test_memory_is_bounded(bench):
    """Without a disk the oldest records go when memory is full."""
    bench.root.parent.joinpath("file").touch()
    bench.root, bench.limits = bench.root.parent / "file" / "spool", Limits(memory_bytes=1_000)
    spool = bench.spool()
    for number in range(15):
        spool.append(bench.record(number))

    assert drain(spool) == list(range(5, 15))
    assert bench.losses.snapshot() == {("spans", "memory_full"): 5}


def test_order_holds_over_a_disk_that_was_full_for_a_while(bench, monkeypatch):
    """Disk, memory and disk again: the records stay in order."""
    spool = bench.spool()
    spool.append(bench.record(1))
    append = SegmentQueue.append

    def full(self, record):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(SegmentQueue, "append", full)
    spool.append(bench.record(2))
    monkeypatch.setattr(SegmentQueue, "append", append)
    spool.append(bench.record(3))
    bench.clock.advance(DISK_RETRY_SECONDS + 1)
    spool.append(bench.record(4))
    assert not spool.durable
    assert drain(spool) == [1, 2, 3, 4]

    spool.append(bench.record(5))
    assert spool.durable
    assert drain(spool) == [5]


def test_a_folder_that_was_deleted_is_made_again(bench):
    """Clearing the cache of a running process costs what was in it and no more."""
    spool = bench.spool()
    spool.append(bench.record(1))
    shutil.rmtree(bench.root)
    drain(spool)
    spool.append(bench.record(2))
    bench.clock.advance(DISK_RETRY_SECONDS + 1)

    assert drain(spool) == [2]
    spool.append(bench.record(3))
    assert spool.durable
    assert drain(spool) == [3]


def test_a_mark_is_reached_when_all_before_it_is_settled(bench):
    """Later records do not count."""
    spool = bench.spool()
    spool.append(bench.record(1))
    mark = spool.mark()
    spool.append(bench.record(2))
    assert not spool.reached(mark)
    spool.read(1, 1).settle()

    assert spool.reached(mark)
    assert not spool.reached(spool.mark())


def test_damage_is_counted(bench):
    """A damaged segment is told of in the losses."""
    first = bench.spool()
    first.append(bench.record(1))
    first.close()
    for path in bench.root.rglob("*.seg"):
        path.write_bytes(b"noise" * 50)
    second = bench.spool()
    second.adopt()

    assert drain(second) == []
    assert bench.losses.snapshot() == {("spans", "corrupt"): 1}


def test_a_folder_is_never_an_orphan_while_it_is_made(bench):
    """The lock exists before the folder."""
    folder = own_folder(bench.root / LANE)
    bench.root.joinpath(LANE, "stray-file").touch()
    spool = bench.spool()
    spool.adopt()

    assert folder.path.is_dir()
    folder.release(remove=True)
    assert not folder.path.exists()


def test_a_loss_is_told_once(caplog):
    """The first loss of a kind is logged with its reason, further ones are only counted."""
    losses = Losses(NoMeter())
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            losses.count("spans", "rejected", 2, "400: no")
            losses.tell()

    assert losses.snapshot() == {("spans", "rejected"): 6}
    assert [record.getMessage() for record in caplog.records] == [
        "2 spans dropped: rejected (400: no); more of them are only counted"
    ]


def test_clearing_takes_no_fresh_folder_from_its_heir(bench, monkeypatch):
    """What another lane's sender may adopt at this moment is not even locked."""
    left = bench.spool("logs-0123456789ab")
    left.append(bench.record(1))
    left.close()
    locked = []
    monkeypatch.setattr(FileLock, "acquire", lambda self: locked.append(self.lock_file))
    bench.spool().adopt()

    assert locked == []

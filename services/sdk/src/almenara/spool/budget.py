"""The one bound on the size of a spool folder, whoever writes in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from almenara.spool.losses import Losses
from almenara.spool.record import Record, read_record
from almenara.spool.segments import SUFFIX


class Budget:
    """Deletes the oldest segments below `root` while they take more than `max_bytes` together."""

    def __init__(self, root: Path, max_bytes: int, losses: Losses) -> None:
        self._root = root
        self._max_bytes = max_bytes
        self._losses = losses

    def enforce(self) -> None:
        """Delete as many segments as it takes; the newest of each folder is being written and stays."""
        segments = sorted(self._segments())
        size = sum(entry[2] for entry in segments)
        newest = {path.parent: path for _, path, _ in sorted(segments, key=lambda entry: entry[1])}
        for _, path, length in segments:
            if size <= self._max_bytes:
                return
            if newest[path.parent] != path:
                self._drop(path)
                size -= length

    def _segments(self) -> Iterator[tuple[float, Path, int]]:
        for path in self._root.glob(f"*/*/*{SUFFIX}"):
            with suppress(OSError):
                state = path.stat()
                yield state.st_mtime, path, state.st_size

    def _drop(self, path: Path) -> None:
        items = 0
        with suppress(OSError):
            items = _items(path)
            path.unlink()
        signal = path.parent.parent.name.partition("-")[0]
        self._losses.count(signal, "spool_full", items, f"the spool holds at most {self._max_bytes} bytes")


def _items(path: Path) -> int:
    """Signals in a segment; some of the oldest segment may have been delivered already."""
    items, offset, end = 0, 0, path.stat().st_size
    with path.open("rb") as file:
        while found := read_record(file, offset, end):
            if isinstance(found, tuple):
                record: Record = found[0]
                items, offset = items + record.items, found[1]
            else:
                offset = found.end
    return items

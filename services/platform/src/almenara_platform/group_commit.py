"""One transaction for all writers that wait at the same time: an fsync costs more than many rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class GroupCommit(Generic[T]):
    """Hands what several threads submit to ``write`` together.

    Whoever finds the store free writes for everybody who waits, so no thread has to be kept or stopped.
    ``write`` must store all it is given or nothing. When it fails for a group, each member is written alone,
    so that nobody suffers from another's fault.
    """

    def __init__(self, write: Callable[[Sequence[T]], None]) -> None:
        self._write = write
        self._lock = Lock()
        self._waiting: deque[tuple[T, Future[None]]] = deque()

    def submit(self, item: T) -> None:
        """Return once ``item`` is written; raises what ``write`` raised for it."""
        done: Future[None] = Future()
        self._waiting.append((item, done))
        with self._lock:
            if not done.done():
                self._write_group()
        done.result()

    def _write_group(self) -> None:
        group = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            self._write([item for item, _ in group])
        except Exception as error:  # noqa: BLE001
            self._write_each(group, error)
        else:
            for _, done in group:
                done.set_result(None)

    def _write_each(self, group: Sequence[tuple[T, Future[None]]], error: Exception) -> None:
        if len(group) == 1:
            group[0][1].set_exception(error)
            return
        for item, done in group:
            try:
                self._write([item])
            except Exception as own_error:  # noqa: BLE001
                done.set_exception(own_error)
            else:
                done.set_result(None)

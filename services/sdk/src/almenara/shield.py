"""Moments in which SIGTERM has to wait: the end of a run must not be cut in two."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType


class Shield:
    """While the main thread is inside, ``hold`` puts a termination off until it leaves."""

    def __init__(self) -> None:
        self._depth = 0
        self._held: list[Callable[[], None]] = []

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self._depth += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, stack: TracebackType | None
    ) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        self._depth -= 1
        if not self._depth and self._held:
            self._held.pop()()

    def hold(self, terminate: Callable[[], None]) -> None:
        """Call ``terminate`` now, or as soon as nothing is in the way."""
        if self._depth:
            self._held[:] = [terminate]
        else:
            terminate()

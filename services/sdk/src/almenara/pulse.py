"""The background beat of open runs: heartbeats, progress, and counts of long stages."""

from __future__ import annotations

import os
import threading
from typing import Protocol

from almenara.guard import guarded

TICK_SECONDS = 0.5


class Beating(Protocol):
    """A run as the pulse sees it."""

    def beat(self) -> None:
        """Send what is due by now."""
        ...


class Pulse:
    """One daemon thread a process; it runs from the first open run on and sleeps while there is none."""

    def __init__(self, tick_seconds: float = TICK_SECONDS) -> None:
        self._tick_seconds = tick_seconds
        self._renew()

    def _renew(self) -> None:
        self._changed = threading.Condition()
        self._runs: dict[int, Beating] = {}
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._pid = os.getpid()

    def add(self, run: Beating) -> None:
        """Beat for ``run`` from now on."""
        if self._pid != os.getpid():
            self._renew()  # threads do not survive a fork, and the parent's runs are not ours
        with self._changed:
            self._runs[id(run)] = run
            self._changed.notify()
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._loop, name="almenara-pulse", daemon=True)
                self._thread.start()

    def remove(self, run: Beating) -> None:
        """Stop beating for ``run``."""
        self._runs.pop(id(run), None)

    def tick(self) -> None:
        """Let every open run send what is due."""
        for run in list(self._runs.values()):
            _beat(run)

    def stop(self) -> None:
        """End the thread."""
        if self._pid == os.getpid():
            with self._changed:
                self._stopped = True
                self._changed.notify()

    def _loop(self) -> None:
        while self._wait():
            self.tick()

    def _wait(self) -> bool:
        with self._changed:
            while not self._runs and not self._stopped:
                self._changed.wait()
            self._changed.wait_for(lambda: self._stopped, self._tick_seconds)
            return not self._stopped


@guarded("pulse")
def _beat(run: Beating) -> None:
    run.beat()

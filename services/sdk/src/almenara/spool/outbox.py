"""All lanes of a process, the thread that feeds their spools, and their life from configure to exit."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from almenara.clock import Clock, SystemClock
from almenara.spool import lifecycle
from almenara.spool.lane import Lane, Route
from almenara.spool.losses import Losses, Meter, NoMeter
from almenara.spool.spool import Limits

log = logging.getLogger("almenara.spool")

# Signals are at most this long only in memory; shorter costs the job more wake-ups of the writer thread.
LINGER_SECONDS = 0.05
# the rest of the time is for files, threads and the interpreter to end
DELIVERY_SHARE = 0.9


class Outbox:
    """Takes items without waiting and sees to it that they arrive.

    `close` is called at exit by itself, with `exit_timeout_seconds`. A forked child starts empty, with a
    folder and threads of its own.
    """

    def __init__(
        self,
        routes: Sequence[Route],
        spool_dir: Path,
        *,
        limits: Limits | None = None,
        max_items: int = 100_000,
        exit_timeout_seconds: float = 5.0,
        clock: Clock | None = None,
        meter: Meter | None = None,
    ) -> None:
        self._meter = meter or NoMeter()
        self.losses = Losses(self._meter)
        self._routes = tuple(routes)
        self._spool_dir = spool_dir
        self._limits = limits or Limits()
        self._max_items = max_items
        self._clock = clock or SystemClock()
        self._exit_timeout_seconds = exit_timeout_seconds
        self._begin()
        for lane in self._lanes:
            lane.start_if_orphaned()
        lifecycle.watch(self)

    def _begin(self) -> None:
        self._lanes = [self._new_lane(route) for route in self._routes]
        self._closed = False
        self._lifecycle_lock = threading.Lock()
        self._drain_lock = threading.Lock()
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._writer: threading.Thread | None = None

    def _new_lane(self, route: Route) -> Lane:
        return Lane(
            route, self._spool_dir, self._limits, self._max_items, self.losses, self._meter, self._clock
        )

    def lane(self, number: int) -> Callable[[Sequence[Any]], None]:
        """How to put items into the lane of the route with this number."""

        def put(items: Sequence[Any]) -> None:
            if not self._closed:
                self._lanes[number].put(items)
                self._wake_writer()

        return put

    def flush(self, timeout_seconds: float) -> bool:
        """Wait until all that was put so far is delivered; False when the time was not enough."""
        deadline = time.monotonic() + timeout_seconds
        drained = self._drain(deadline)
        for lane in self._lanes:
            lane.hurry()
        arrived = [lane.flush(deadline) for lane in self._lanes]
        return drained and all(arrived)

    def settle(self) -> None:
        """Deliver what can be in the time that an exit has, and keep the rest on disk."""
        if not self._closed:
            deadline = time.monotonic() + self._exit_timeout_seconds * DELIVERY_SHARE
            self._drain(max(deadline, time.monotonic() + 1.0))
            self._deliver(deadline)

    def close(self, timeout_seconds: float) -> None:
        """Take no more, deliver what can be, keep the rest on disk; a second call does nothing.

        It returns within `timeout_seconds`, also when a destination hangs. One that refuses once is not
        waited for when what it should get outlives the process.
        """
        with self._lifecycle_lock:
            if self._closed:
                return
            self._closed = True
        deadline = time.monotonic() + timeout_seconds * DELIVERY_SHARE
        self._stop_writer()
        self._drain(max(deadline, time.monotonic() + 1.0))
        self._deliver(deadline)
        for lane in self._lanes:
            lane.close(deadline)
        self.losses.tell()

    def _deliver(self, deadline: float) -> None:
        for lane in self._lanes:
            lane.hurry()
        arrived = [lane for lane in self._lanes if lane.flush(deadline, give_up_when_unavailable=True)]
        # The START of a run without the end that lies behind it would look like a run that died.
        for lane in arrived:
            lane.flush_inherited(deadline)

    def close_at_exit(self) -> None:
        """Close within the time that the settings allow."""
        self.close(self._exit_timeout_seconds)

    def after_fork_in_child(self) -> None:
        """Begin anew: queues, files and threads are the parent's."""
        closed = self._closed
        for lane in self._lanes:
            lane.abandon()
        self.losses = Losses(self._meter)
        self._begin()
        self._closed = closed

    def _wake_writer(self) -> None:
        if self._writer is None:
            self._start_writer()
        if not self._wake.is_set():
            self._wake.set()

    def _start_writer(self) -> None:
        with self._lifecycle_lock:
            if self._writer is None and not self._closed:
                writer = threading.Thread(target=self._write, name="almenara-write", daemon=True)
                try:
                    writer.start()
                except RuntimeError:
                    return  # the interpreter is shutting down; close drains
                self._writer = writer

    def _write(self) -> None:
        while not self._closed:
            self._wake.wait()
            self._ending.wait(LINGER_SECONDS)
            self._wake.clear()
            try:
                self._drain(float("inf"))
                self.losses.tell()
            except Exception:
                log.exception("the writer of the spool failed and goes on")

    def _stop_writer(self) -> None:
        self._ending.set()
        self._wake.set()
        if self._writer:
            self._writer.join(timeout=1.0)

    def _drain(self, deadline: float) -> bool:
        """Encode all that is queued; False when there was no time for it."""
        wait = -1 if deadline == float("inf") else max(0.0, deadline - time.monotonic())
        if not self._drain_lock.acquire(timeout=wait):
            return False
        try:
            for lane in self._lanes:
                lane.drain(deadline)
        finally:
            self._drain_lock.release()
        return time.monotonic() < deadline

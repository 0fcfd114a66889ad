"""Hands lanes to a bounded number of threads: runs in parallel, a run's events one after another."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread

from loguru import logger

from almenara_platform.clock import Clock
from almenara_platform.exceptions import StoreUnavailable
from almenara_platform.outbox.forward import Forwarder
from almenara_platform.outbox.port import Outbox
from almenara_platform.outbox.turn import Turn

POLL_SECONDS = 0.25
STOP_SECONDS = 5.0


class Dispatcher:
    """Forwards to one destination from ``start`` to ``stop``, while it is this process's turn.

    The threads are daemons: an answer that takes long must not keep the process from ending, and what was
    not seen to arrive goes again at the next start.
    """

    def __init__(
        self, outbox: Outbox, forwarder: Forwarder, turn: Turn, clock: Clock, concurrency: int
    ) -> None:
        self._outbox = outbox
        self._forwarder = forwarder
        self._turn = turn
        self._clock = clock
        self._concurrency = concurrency
        self._lanes: SimpleQueue[str] = SimpleQueue()
        self._busy: set[str] = set()
        self._lock = Lock()
        self._freed = Event()
        self._threads = [Thread(target=self._feed, name="outbox", daemon=True)]
        self._threads += [
            Thread(target=self._deliver, name=f"outbox-{number}", daemon=True)
            for number in range(concurrency)
        ]

    def start(self) -> None:
        """Begin to forward."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Forward no more; waits a few seconds for what is on its way."""
        self._forwarder.stopping.set()
        self._freed.set()
        for thread in self._threads:
            thread.join(STOP_SECONDS)

    def _feed(self) -> None:
        while not self._forwarder.stopping.is_set():
            _patiently(self._feed_once)
            self._freed.wait(POLL_SECONDS)
            self._freed.clear()

    def _feed_once(self) -> None:
        now, forwarder = self._clock(), self._forwarder
        if not forwarder.breaker.is_open(now) or not self._turn.is_mine():
            return
        with self._lock:
            busy = frozenset(self._busy)
        free = self._concurrency - len(busy)
        if free > 0:
            for lane in self._outbox.lanes(forwarder.destination.name, now, free, busy):
                with self._lock:
                    self._busy.add(lane)
                self._lanes.put(lane)

    def _deliver(self) -> None:
        while not self._forwarder.stopping.is_set():
            try:
                lane = self._lanes.get(timeout=POLL_SECONDS)
            except Empty:
                continue
            _patiently(lambda lane=lane: self._forwarder.forward(lane))
            with self._lock:
                self._busy.discard(lane)
            self._freed.set()


def _patiently(work: Callable[[], None]) -> None:
    """Do ``work``, or say why not: it is tried again later."""
    try:
        work()
    except StoreUnavailable as error:
        logger.warning("outbox_waits", reason=str(error))
    except Exception as error:  # noqa: BLE001
        # A thread that ended would stop forwarding without a word.
        logger.opt(exception=error).error("outbox_failed")

"""The thread that carries the records of one spool to their destination."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import tenacity

from almenara.spool.delivery import Deliver, Rejected, Unavailable
from almenara.spool.losses import Losses, Meter
from almenara.spool.record import Record
from almenara.spool.spool import Outgoing, Spool

log = logging.getLogger("almenara.spool")

ADOPT_EVERY_SECONDS = 30.0
FIRST_BACKOFF_SECONDS = 0.2
LONGEST_BACKOFF_SECONDS = 10.0
LONGEST_RETRY_AFTER_SECONDS = 600.0
BATCH_BYTES = 1024 * 1024
# what a sentence calls the signals whose name has no plural
TITLES = {"lineage": "lineage events"}


class Sender:
    """Delivers in order, tries again with growing pauses, and drops only what the destination rejects."""

    def __init__(
        self,
        name: str,
        spool: Spool,
        deliver: Deliver,
        losses: Losses,
        meter: Meter,
        *,
        merge: bool,
        longest_backoff_seconds: float = LONGEST_BACKOFF_SECONDS,
    ) -> None:
        """With `merge`, payloads laid end to end are one valid payload, as with protobuf messages."""
        self._name = name
        self._title = TITLES.get(name, name)
        self._spool = spool
        self._deliver = deliver
        self._losses = losses
        self._meter = meter
        self._batch_records = 512 if merge else 1
        self._backoff = tenacity.wait_random_exponential(FIRST_BACKOFF_SECONDS, longest_backoff_seconds)
        self._work = threading.Event()
        self._urgent = threading.Event()
        self._stop = threading.Event()
        self._progress = threading.Condition()
        self._failures = 0
        self._unreachable = False
        self._topic = ""
        self._not_before = 0.0
        self._thread: threading.Thread | None = None
        self._adopt_at = 0.0

    def start(self) -> None:
        """Begin to send, in a thread of its own; a second call does nothing."""
        if self._thread is None and not self._stop.is_set():
            thread = threading.Thread(target=self._run, name=f"almenara-send-{self._name}", daemon=True)
            with suppress(RuntimeError):  # the interpreter is shutting down; the next process sends
                thread.start()
                self._thread = thread

    def notify(self) -> None:
        """There are new records; a pause after a failure goes on."""
        self._work.set()

    def hurry(self) -> None:
        """Try again now, unless the destination asked for a pause."""
        self._work.set()
        self._urgent.set()

    def wait_until(
        self, done: Callable[[], bool], deadline: float, *, give_up_when_unavailable: bool
    ) -> bool:
        """Wait until the spool is `done` with something or `deadline` (time.monotonic) is past.

        With `give_up_when_unavailable` a failed attempt ends the wait when what is left outlives the process.
        """
        if self._thread is None:
            return False
        failures = self._failures
        self.hurry()
        with self._progress:
            while not done():
                left = deadline - time.monotonic()
                if left <= 0 or (give_up_when_unavailable and self._is_unavailable_since(failures)):
                    return False
                self._progress.wait(left)
        return True

    def stop(self, deadline: float) -> None:
        """End the thread; a request under way is waited for until `deadline` (time.monotonic)."""
        self._stop.set()
        self.hurry()
        if self._thread:
            self._thread.join(max(0.0, deadline - time.monotonic()))

    def _is_unavailable_since(self, failures: int) -> bool:
        asked_to_wait = self._not_before > time.monotonic()
        return self._spool.durable and (asked_to_wait or self._failures > failures)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._turn()
            except Exception:
                log.exception("the sender of %s failed and goes on", self._name)
                self._stop.wait(LONGEST_BACKOFF_SECONDS)
        self._deliver.close()

    def _turn(self) -> None:
        if time.monotonic() >= self._adopt_at:
            self._adopt_at = time.monotonic() + ADOPT_EVERY_SECONDS
            self._spool.adopt()
        outgoing = self._spool.read(BATCH_BYTES, self._batch_records)
        if outgoing is None:
            # what was too old or damaged is gone without having been settled
            self._tell(lambda: None)
            self._work.wait(ADOPT_EVERY_SECONDS)
            self._work.clear()
        elif self._send(outgoing.records):
            self._settle(outgoing)
        self._losses.tell()

    def _send(self, records: list[Record]) -> bool:
        """Whether the records are delivered or rejected; False when the sender was stopped first."""
        try:
            self._try_until_taken(records)
        except Rejected as rejection:
            if len(records) > 1:
                return all(self._send([record]) for record in records)
            self._losses.count(self._name, "rejected", records[0].items, str(rejection))
        except Unavailable:
            return False
        return True

    def _try_until_taken(self, records: list[Record]) -> None:
        payload = b"".join(record.payload for record in records)
        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Unavailable),
            wait=self._pause_after,
            sleep=self._back_off,
            before_sleep=self._note_failure,
            reraise=True,
        )
        refused = attempts(self._deliver, payload)
        self._losses.count(self._name, "rejected", refused, "partial success")
        self._note_success(sum(record.items for record in records) - refused)

    def _pause_after(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, Unavailable) else 0.0
        self._not_before = time.monotonic() + min(asked, LONGEST_RETRY_AFTER_SECONDS)
        return self._backoff(state)

    def _back_off(self, seconds: float) -> None:
        asked = max(0.0, self._not_before - time.monotonic())
        if not self._stop.wait(asked):
            self._urgent.wait(max(0.0, seconds - asked))
            self._urgent.clear()
        if self._stop.is_set():
            raise Unavailable("the sender was stopped")

    def _note_failure(self, state: tenacity.RetryCallState) -> None:
        self._meter.failed(self._name)
        if not self._unreachable:
            self._unreachable = True
            self._warn(state.outcome.exception() if state.outcome else None)
        self._tell(lambda: setattr(self, "_failures", self._failures + 1))

    def _warn(self, error: BaseException | None) -> None:
        self._topic = error.topic if isinstance(error, Unavailable) else ""
        if not self._topic:
            log.warning("%s wait in the spool: %s", self._title, error)
        elif self._losses.begins(self._topic):
            log.warning("all signals wait in the spool: %s", error)

    def _note_success(self, items: int) -> None:
        self._meter.sent(self._name, items)
        if self._unreachable:
            self._unreachable = False
            self._losses.ends(self._topic)
            log.info("%s are delivered again", self._title)

    def _settle(self, outgoing: Outgoing) -> None:
        self._tell(outgoing.settle)

    def _tell(self, change: Callable[[], None]) -> None:
        with self._progress:
            change()
            self._progress.notify_all()

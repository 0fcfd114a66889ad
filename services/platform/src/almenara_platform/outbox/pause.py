"""How long to wait before the next try."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

from tenacity import RetryCallState, Retrying, wait_exponential_jitter
from tenacity.wait import wait_base

BACK_OFF = wait_exponential_jitter(initial=1, max=60, jitter=1)
_TOLERATED = 5


def pause_after(tries: int, wait: wait_base = BACK_OFF) -> timedelta:
    """The time until the next try after so many that failed."""
    state = RetryCallState(Retrying(wait=wait), None, (), {})
    state.attempt_number = max(tries, 1)
    return timedelta(seconds=wait(state))


class Breaker:
    """Whether a destination is to be left alone for a while; one for all threads that send to it.

    A destination that is away pauses at once. One that only fails pauses after five failures in a row, since
    one event may be at fault and must not hold up the others.
    """

    def __init__(self, wait: wait_base = BACK_OFF) -> None:
        self._wait = wait
        self._lock = Lock()
        self._failures = 0
        self._open_at: datetime | None = None
        self._last_success: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether something may be sent."""
        with self._lock:
            return self._open_at is None or now >= self._open_at

    def succeeded(self, now: datetime) -> None:
        """Something was delivered."""
        with self._lock:
            self._failures, self._open_at, self._last_success = 0, None, now

    def failed(self, now: datetime, away: bool) -> None:
        """Something was not delivered; ``away`` when the destination as a whole does not work."""
        with self._lock:
            # Several threads learn of the same outage, which counts once.
            if self._open_at is not None and now < self._open_at:
                return
            self._failures += 1
            over = self._failures if away else self._failures - _TOLERATED
            if over > 0:
                self._open_at = now + pause_after(over, self._wait)

    def worked_since(self, time: datetime | None) -> bool:
        """Whether something was delivered since ``time``; true when it was never tried."""
        with self._lock:
            return time is None or (self._last_success is not None and self._last_success >= time)

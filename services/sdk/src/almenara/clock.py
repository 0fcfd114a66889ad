"""Where the SDK reads time."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol


class Clock(Protocol):
    """Wall time for what is reported, monotonic time for what is measured."""

    def time_ns(self) -> int:
        """Nanoseconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, from an arbitrary start."""
        ...


class SystemClock:
    """The clock of the machine."""

    time_ns = staticmethod(time.time_ns)
    monotonic = staticmethod(time.monotonic)


class ManualClock:
    """A clock that stands still until ``advance`` is called, for tests."""

    def __init__(self, start_ns: int = 1_700_000_000_000_000_000) -> None:
        self._wall_ns = start_ns
        self._monotonic = 0.0

    def time_ns(self) -> int:
        return self._wall_ns

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Move both readings forward by ``seconds``."""
        self._wall_ns += int(seconds * 1_000_000_000)
        self._monotonic += seconds


def utc(time_ns: int) -> datetime:
    """The moment ``time_ns`` (nanoseconds since the epoch) as an aware datetime, cut to microseconds."""
    seconds, nanoseconds = divmod(time_ns, 1_000_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=nanoseconds // 1000)


def iso(time_ns: int) -> str:
    """The moment ``time_ns`` as ISO 8601 in UTC with microseconds, such as 2026-01-31T08:15:00.123456Z."""
    # slicing a number with a leading one is twice as fast as padding with a format
    digits = str(time_ns % 1_000_000_000 + 1_000_000_000)
    return f"{_iso_second(time_ns // 1_000_000_000)}.{digits[1:7]}Z"


@lru_cache(maxsize=8)  # most lines of a log share their second with others
def _iso_second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")

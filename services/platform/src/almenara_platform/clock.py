"""Times: the clock that is injected, and times as emitters write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

Clock = Callable[[], datetime]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d+)?)?\s?([Zz]|[+-]\d\d(:?\d\d)?)?")


def system_clock() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


def parse_time(value: Any) -> datetime:
    """``value`` (ISO 8601 with a time of day) in UTC; raises ``ValueError``.

    A time without a zone is taken as UTC, and digits beyond the microsecond are cut off.
    """
    if not isinstance(value, str):
        raise ValueError("is not a time such as 2026-01-31T12:00:00Z")
    return _parsed(value)


@lru_cache(maxsize=1024)
def _parsed(text: str) -> datetime:
    # Whoever takes an event in looks at its time in several places.
    if not _ISO.fullmatch(text):
        raise ValueError("is not a time such as 2026-01-31T12:00:00Z")
    try:
        found = datetime.fromisoformat(text.upper().replace(" ", "T", 1).replace(" ", "").replace(",", "."))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("is not a time that exists") from error


def to_micros(time: datetime) -> int:
    """Microseconds since the epoch, exactly."""
    since = time - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def from_micros(micros: int) -> datetime:
    """The time so many microseconds after the epoch."""
    return EPOCH + timedelta(microseconds=micros)


def to_nanos(time: datetime) -> int:
    """Nanoseconds since the epoch, held within what a signed 64-bit number can tell (1677 to 2262)."""
    return max(-(2**63), min(2**63 - 1, to_micros(time) * 1000))


def from_nanos(nanos: int) -> datetime:
    """The time so many nanoseconds after the epoch, to the microsecond."""
    return from_micros(nanos // 1000)

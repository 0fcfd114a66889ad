"""How durations, counts and times read."""

from __future__ import annotations

from datetime import UTC, datetime

DASH = "-"


def duration(seconds: float | None) -> str:
    """Seconds as ``12 ms``, ``3.4 s``, ``2 min 5 s`` or ``3 h 12 min``."""
    if seconds is None:
        return DASH
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def count(value: int | None) -> str:
    """A number with thousands separated."""
    return DASH if value is None else f"{value:,}"


def number(value: float | None) -> str:
    """A measurement with at most three digits behind the point."""
    return DASH if value is None else f"{value:,.3f}".rstrip("0").rstrip(".")


def local_time(text: str | None) -> str:
    """An ISO 8601 time of the API in the time zone of this machine."""
    if text is None:
        return DASH
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def age(text: str | None, now: datetime | None = None) -> str:
    """How long ago an ISO 8601 time was."""
    if text is None:
        return DASH
    return f"{duration(((now or datetime.now(UTC)) - datetime.fromisoformat(text)).total_seconds())} ago"


def first_line(text: str) -> str:
    """What a message begins with, up to its first line break."""
    return text.strip().partition("\n")[0]

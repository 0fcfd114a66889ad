"""How durations, counts and times read."""

from __future__ import annotations

from datetime import UTC, datetime

DASH = "-"


def duration(seconds: float | None) -> str:
    """Seconds as ``190 µs``, ``12 ms``, ``3.4 s``, ``2 min 5 s``, ``3 h 12 min`` or ``4 d 2 h``."""
    if seconds is None:
        return DASH
    if seconds < 0:
        return f"-{duration(-seconds)}"
    if seconds < 0.9995:
        return _below_a_second(seconds)
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 24 else f"{hours // 24} d {hours % 24} h"


def _below_a_second(seconds: float) -> str:
    """In the unit that leaves three digits at most, so that nothing that took time reads as none."""
    for unit, size in (("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)):
        if seconds >= 0.9995 * size:
            return f"{seconds / size:.3g} {unit}"
    return "0 s"


def count(value: int | None) -> str:
    """A number with thousands separated."""
    return DASH if value is None else f"{value:,}"


def number(value: float | None) -> str:
    """A measurement with at most three digits behind the point."""
    return DASH if value is None else f"{value:,.3f}".rstrip("0").rstrip(".")


def measured(value: float | None, unit: str) -> str:
    """A measurement in its unit: seconds as ``duration`` has them, what is large without a fraction."""
    if unit == "s":
        return duration(value)
    return number(value) if value is None or abs(value) < 100 else f"{value:,.0f}"


def local_time(text: str | None) -> str:
    """An ISO 8601 time of the API in the time zone of this machine, which it names."""
    if text is None:
        return DASH
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def age(text: str | None, now: datetime | None = None) -> str:
    """How long ago an ISO 8601 time was."""
    if text is None:
        return DASH
    return f"{duration(((now or datetime.now(UTC)) - datetime.fromisoformat(text)).total_seconds())} ago"


def cut(text: str, most: int) -> str:
    """The text in ``most`` characters; the last one is an ellipsis where some are left out."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def first_line(text: str) -> str:
    """What a message begins with, up to its first line break."""
    return text.strip().partition("\n")[0]

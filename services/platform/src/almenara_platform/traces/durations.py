"""Durations as people write and read them."""

from __future__ import annotations

import re

from almenara_platform.exceptions import BadRequest

SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
DURATION_PATTERN = r"^ *(\d+(\.\d+)?|(\d+(\.\d+)? *(ns|us|µs|ms|s|m|h|d) *)+) *$"
MAX_SECONDS = 1e9
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s|m|h|d)?")


def parse_duration(text: str, field: str | None = None) -> float:
    """Seconds of ``5s``, ``300ms``, ``1h30m`` or a bare number of seconds.

    Raises ``BadRequest`` that names ``field``.
    """
    rest, seconds = text.strip(), 0.0
    bare = rest.replace(".", "", 1).isdigit()
    while match := _PART.match(rest):
        if not match[2] and not bare:
            break
        seconds += float(match[1]) * SECONDS[match[2] or "s"]
        rest = rest[match.end() :].lstrip()
    if rest or not text.strip() or seconds > MAX_SECONDS:
        raise BadRequest(f"{text!r} is not a duration: write 5s, 300ms or 1h30m", field)
    return seconds


def format_ns(ns: float) -> str:
    """Nanoseconds in the unit that suits, with three digits: ``12.3 ms``, ``1.50 s``, ``2 min 05 s``."""
    sign, ns = ("-", -ns) if round(ns) < 0 else ("", abs(ns))
    if ns >= 59.95e9:
        minutes, seconds = divmod(round(ns / 1e9), 60)
        return f"{sign}{_hours(minutes)}{seconds:02d} s"
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= 0.9995 * size:
            return f"{sign}{_three_digits(ns / size)} {unit}"
    return f"{sign}{ns:.0f} ns"


def format_change(ns: float) -> str:
    """A difference in nanoseconds with its sign, as ``format_ns``."""
    return f"+{format_ns(ns)}" if round(ns) > 0 else format_ns(ns)


def _hours(minutes: int) -> str:
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min " if hours else f"{minutes} min "


def _three_digits(value: float) -> str:
    return f"{value:.{max(0, 2 - (value >= 9.995) - (value >= 99.95))}f}"

"""How values read: numbers with units, durations and times as people say them; a dash where unknown."""

from __future__ import annotations

from datetime import UTC, datetime

from almenara_platform.clock import from_nanos
from almenara_platform.counting import counted as counted
from almenara_platform.runs.model import RunError

UNKNOWN = "–"

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_DECIMAL_STEPS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_BYTE_STEPS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
_PERCENT_CHECKS = frozenset({"null_percentage", "duplicate_percentage"})


def duration(seconds: float | None) -> str:
    """Seconds in the two largest units that matter: ``450 ms``, ``1.2 s``, ``3 min 04 s``, ``1 h 02 min``."""
    if seconds is None:
        return UNKNOWN
    if seconds < 0:
        return f"-{duration(-seconds)}"
    if seconds < 1:
        return _below_a_second(seconds)
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    return _above_a_minute(round(seconds))


def _below_a_second(seconds: float) -> str:
    if seconds >= 0.9995:
        return "1.0 s"
    if seconds >= 0.001:
        return f"{seconds * 1e3:.3g} ms"
    if seconds >= 1e-6:
        return f"{seconds * 1e6:.3g} µs"
    return f"{seconds * 1e9:.3g} ns" if seconds else "0 s"


def _above_a_minute(seconds: int) -> str:
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min {seconds % _MINUTE:02d} s"
    if seconds < _DAY:
        return f"{seconds // _HOUR} h {seconds % _HOUR // _MINUTE:02d} min"
    return f"{seconds // _DAY} d {seconds % _DAY // _HOUR} h"


def count(number: float | None) -> str:
    """A whole number with thousands separated: ``1,469,307``."""
    return UNKNOWN if number is None else f"{number:,.0f}"


def first_of(most: int, there_are: int) -> str:
    """What is said beside a list that shows ``most`` at most; empty where it shows everything."""
    return f"the first {most} of {count(there_are)}" if there_are > most else ""


def compact(number: float | None) -> str:
    """A number in about three digits: ``1.47 M``."""
    return UNKNOWN if number is None else _scaled(number, _DECIMAL_STEPS, "")


def size(bytes_: float | None) -> str:
    """Bytes in decimal units: ``12.3 MB``."""
    return UNKNOWN if bytes_ is None else _scaled(bytes_, _BYTE_STEPS, "B")


def _scaled(number: float, steps: tuple[tuple[float, str], ...], unit: str) -> str:
    for step, name in steps:
        if abs(number) >= step:
            return f"{_three_digits(number / step)} {name}"
    return f"{number:,.0f} {unit}".rstrip()


def _three_digits(number: float) -> str:
    places = 2 if abs(number) < 10 else 1 if abs(number) < 100 else 0
    return f"{number:.{places}f}"


def percent(value: float | None) -> str:
    """A percentage (0 to 100) with as many places as it needs: ``98.4 %``, ``0.02 %``, ``100 %``."""
    if value is None:
        return UNKNOWN
    places = 2 if 0 < abs(value) < 1 else 1
    return f"{value:.{places}f}".removesuffix(".0") + " %"


def score(value: float | None) -> str:
    """A quality score between 0 and 100; never rounded up to a perfect one."""
    if value is None:
        return UNKNOWN
    return "100" if value >= 100 else f"{min(value, 99.9):.1f}"


def measured(check: str, value: float | None) -> str:
    """The value of a quality check in the check's own unit."""
    if check in _PERCENT_CHECKS:
        return percent(value)
    if check == "score":
        return score(value)
    if value is not None and value != int(value):
        return f"{value:,.2f}"
    return count(value)


def ago(then: datetime | None, now: datetime) -> str:
    """How long before ``now`` that was: ``just now``, ``3 min ago``, ``2 h ago``, ``5 d ago``."""
    if then is None:
        return UNKNOWN
    seconds = (now - then).total_seconds()
    if seconds < 0:
        return f"in {_rough(-seconds)}" if seconds < -_MINUTE else "just now"
    return "just now" if seconds < 10 else f"{_rough(seconds)} ago"


def _rough(seconds: float) -> str:
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= unit:
            return f"{int(seconds // unit)} {name}"
    return f"{int(seconds)} s"


def absolute(then: datetime | None) -> str:
    """Date and time to the second, in UTC and saying so."""
    return UNKNOWN if then is None else f"{then.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def short(then: datetime | None) -> str:
    """Date and time to the minute in UTC, for axes and narrow columns."""
    return UNKNOWN if then is None else f"{then.astimezone(UTC):%b %d %H:%M}"


def clock_of(time_ns: int) -> str:
    """The time of day of Unix nanoseconds to the millisecond, in UTC."""
    return f"{from_nanos(time_ns):%H:%M:%S.%f}"[:-3]


def error_line(error: RunError) -> str:
    """The type and the first line of the message: ``ValueError: no such store``."""
    first = next(iter(error.message.strip().splitlines()), "")
    return ": ".join(filter(None, (error.type, first)))


def cut(text: str, most: int) -> str:
    """The text in ``most`` characters; the last one is an ellipsis where some are left out."""
    return text if len(text) <= most else f"{text[: most - 1]}…"

"""Durations as Prometheus writes them: ``5m``, ``26h``, ``30d``."""

from __future__ import annotations

import re

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_PART = re.compile(r"(\d+)([smhdw])")


def parse_duration(text: str) -> int:
    """Seconds of ``1h30m``, ``26h``, ``30d``; raises ValueError for anything else and for nothing."""
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is not a duration; write a number and a unit, such as 30m, 26h or 30d")
    seconds = sum(int(number) * SECONDS[unit] for number, unit in parts)
    if seconds == 0:
        raise ValueError("a duration must be longer than zero")
    return seconds


def format_duration(seconds: float) -> str:
    """The shortest exact Prometheus form: 1800 is ``30m``, 93600 is ``26h``, 5400 is ``1h30m``."""
    rest, text = round(seconds), ""
    for unit in ("d", "h", "m", "s"):
        count, rest = divmod(rest, SECONDS[unit])
        text += f"{count}{unit}" if count else ""
        if unit == "d" and count and rest:
            # 26h reads better than 1d2h, and people write it so.
            rest, text = round(seconds), ""
    return text or "0s"


def humanize_duration(seconds: float) -> str:
    """For people: ``45 s``, ``12 min``, ``26 h``, ``3.5 d``."""
    for unit, size, limit in (("s", 1, 90), ("min", 60, 90 * 60), ("h", 3600, 48 * 3600)):
        if seconds < limit:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 86_400:.3g} d"

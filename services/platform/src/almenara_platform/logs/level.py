"""Log levels in one order, whatever an emitter calls them."""

from __future__ import annotations

RANKS = {
    "TRACE": 1,
    "DEBUG": 5,
    "INFO": 9,
    "SUCCESS": 10,
    "WARNING": 13,
    "ERROR": 17,
    "CRITICAL": 21,
}
"""OpenTelemetry severity numbers of the levels that loguru and logging know."""

_ALIASES = {"WARN": "WARNING", "FATAL": "CRITICAL", "NOTICE": "INFO", "INFORMATION": "INFO", "ERR": "ERROR"}


def canonical(level: str) -> str:
    """The name of a level as it is stored."""
    upper = level.strip().upper()
    return _ALIASES.get(upper, upper)


def rank(level: str) -> int:
    """The severity of a level; an unknown one counts as INFO."""
    return RANKS.get(canonical(level), RANKS["INFO"])


def from_severity(number: int) -> str:
    """The level for an OpenTelemetry severity number (1 to 24)."""
    below = [name for name, least in RANKS.items() if least <= number and name != "SUCCESS"]
    return below[-1] if below else "INFO"

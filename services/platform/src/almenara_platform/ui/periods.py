"""Stretches of time to choose from."""

from __future__ import annotations

from datetime import datetime, timedelta

_LENGTHS = {
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}

CHOICES = {
    "": "Any time",
    "15m": "Last 15 minutes",
    "1h": "Last hour",
    "6h": "Last 6 hours",
    "24h": "Last 24 hours",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
}


def since(period: str, now: datetime) -> datetime | None:
    """When a period began; None for any time and for a period that does not exist."""
    length = _LENGTHS.get(period)
    return now - length if length else None

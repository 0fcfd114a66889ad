"""Where an alert stands in lists."""

from __future__ import annotations

from almenara_platform import cursor
from almenara_platform.alerts.model import Alert
from almenara_platform.clock import to_micros

Position = tuple[int, str]


def key(alert: Alert) -> Position:
    """Alerts are listed by start, those of one moment by fingerprint."""
    return to_micros(alert.starts_at), alert.fingerprint


def encode(alert: Alert) -> str:
    """The cursor for what comes after this alert."""
    return cursor.encode(*key(alert))


def decode(text: str | None) -> Position | None:
    """The position that a cursor names; raises ``BadCursor``."""
    if text is None:
        return None
    micros, fingerprint = cursor.decode(text, int, str)
    return micros, fingerprint

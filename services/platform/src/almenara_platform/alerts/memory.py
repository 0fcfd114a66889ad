"""Alerts in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from threading import Lock

from almenara_platform.alerts.cursor import decode, encode, key
from almenara_platform.alerts.model import Alert
from almenara_platform.alerts.port import AlertQuery
from almenara_platform.page import Page


class MemoryAlertStore:
    """Keeps alerts as long as the process lives."""

    def __init__(self) -> None:
        self._alerts: dict[tuple[str, datetime], Alert] = {}
        self._lock = Lock()

    def record(self, alerts: Sequence[Alert]) -> None:
        """Keep alerts."""
        with self._lock:
            for alert in alerts:
                known = self._alerts.get((alert.fingerprint, alert.starts_at))
                if known is None or known.firing or not alert.firing:
                    self._alerts[alert.fingerprint, alert.starts_at] = alert

    def alerts(self, query: AlertQuery) -> Page[Alert]:
        """Alerts that match, newest start first."""
        after = decode(query.cursor)
        with self._lock:
            found = sorted(filter(lambda alert: _matches(query, alert), self._alerts.values()), key=key)
        rest = [alert for alert in reversed(found) if after is None or key(alert) < after]
        items = rest[: query.limit]
        return Page(items, encode(items[-1]) if len(rest) > len(items) else None)

    def forget(self, before: datetime) -> int:
        """Remove old alerts."""
        with self._lock:
            old = [identity for identity, alert in self._alerts.items() if alert.received_at < before]
            for identity in old:
                del self._alerts[identity]
        return len(old)

    def size_bytes(self) -> int:
        """Memory is not counted."""
        return 0

    def close(self) -> None:
        """Nothing to release."""


def _matches(query: AlertQuery, alert: Alert) -> bool:
    return (
        query.pipeline in (None, alert.pipeline)
        and query.name in (None, alert.name)
        and query.firing in (None, alert.firing)
        and (query.since is None or alert.starts_at >= query.since)
        and (query.until is None or alert.starts_at < query.until)
    )

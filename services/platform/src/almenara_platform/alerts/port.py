"""The port of the alert store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from almenara_platform.alerts.model import Alert
from almenara_platform.page import Page


@dataclass(frozen=True, slots=True)
class AlertQuery:
    """Which alerts to list, newest start first; None means any."""

    pipeline: str | None = None
    name: str | None = None
    firing: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 50
    cursor: str | None = None


class AlertStore(Protocol):
    """Keeps alerts. Methods may be called from any thread; ``StoreUnavailable`` when it cannot answer.

    A cursor that this store did not give out raises ``BadCursor``.
    """

    def record(self, alerts: Sequence[Alert]) -> None:
        """Keep alerts durably; fingerprint and start are an alert's identity, the newest word on it holds.

        A resolved alert stays resolved when an older notification of it arrives late.
        """

    def alerts(self, query: AlertQuery) -> Page[Alert]:
        """Alerts that match, newest start first."""

    def forget(self, before: datetime) -> int:
        """Remove alerts that were last heard of before this time; returns how many went."""

    def size_bytes(self) -> int:
        """Bytes that the stored alerts take up."""

    def close(self) -> None:
        """Release connections and files."""

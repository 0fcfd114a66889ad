"""Notifications of Alertmanager's webhook, version 4, kept with what they reach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field

from almenara_platform.alerts.model import Alert
from almenara_platform.alerts.port import AlertStore
from almenara_platform.alerts.reach import BlastRadius
from almenara_platform.clock import Clock

LONGEST_TEXT = 4096


class WebhookAlert(BaseModel):
    """One alert of a notification; ``endsAt`` is the year 1 (or ahead) while it fires."""

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str] = {}
    startsAt: AwareDatetime  # noqa: N815
    endsAt: AwareDatetime | None = None  # noqa: N815
    fingerprint: str = Field(min_length=1, max_length=64)


class Notification(BaseModel):
    """What Alertmanager posts; further members are ignored."""

    version: str = "4"
    alerts: list[WebhookAlert] = Field(max_length=10_000)


@dataclass(frozen=True, slots=True)
class AlertIntake:
    """Takes notifications in."""

    store: AlertStore
    radius: BlastRadius
    clock: Clock

    def take(self, notification: Notification) -> None:
        """Keep every alert of a notification; raises ``StoreUnavailable``."""
        now = self.clock()
        self.store.record([self._alert(alert, now) for alert in notification.alerts])

    def _alert(self, told: WebhookAlert, now: datetime) -> Alert:
        return Alert(
            fingerprint=told.fingerprint,
            starts_at=told.startsAt.astimezone(UTC),
            ends_at=_ended(told, now),
            received_at=now,
            labels=_short(told.labels),
            annotations=_short(told.annotations),
            reach=self.radius.of(told.labels.get("pipeline", "")),
        )


def _ended(told: WebhookAlert, now: datetime) -> datetime | None:
    if told.status == "firing":
        return None
    return told.endsAt.astimezone(UTC) if told.endsAt and told.endsAt.year > 1 else now


def _short(texts: dict[str, str]) -> dict[str, str]:
    return {name[:LONGEST_TEXT]: text[:LONGEST_TEXT] for name, text in texts.items()}

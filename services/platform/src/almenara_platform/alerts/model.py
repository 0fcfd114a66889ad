"""An alert as Alertmanager told it, and what it reaches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

WATCHDOG = "Watchdog"


@dataclass(frozen=True, slots=True)
class Reach:
    """What a pipeline's failure affects downstream; ``known`` is False where no lineage could tell."""

    datasets: tuple[str, ...] = ()
    pipelines: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    known: bool = True


UNKNOWN_REACH = Reach(known=False)


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert from its start on. ``ends_at`` is None while it fires. Times are UTC.

    ``fingerprint`` is Alertmanager's identity of the label set; an alert that comes again later has the same
    fingerprint and another ``starts_at``.
    """

    fingerprint: str
    starts_at: datetime
    ends_at: datetime | None
    received_at: datetime
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    reach: Reach = UNKNOWN_REACH

    @property
    def firing(self) -> bool:
        """Whether it has not been resolved."""
        return self.ends_at is None

    @property
    def name(self) -> str:
        """The alert's name."""
        return self.labels.get("alertname", "")

    @property
    def pipeline(self) -> str:
        """The pipeline that it is about; ``platform`` for the platform itself."""
        return self.labels.get("pipeline", "")

    @property
    def severity(self) -> str:
        """critical, warning or none."""
        return self.labels.get("severity", "")

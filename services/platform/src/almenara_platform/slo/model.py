"""An SLO as every spec format is read into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from almenara_platform.slo.duration import parse_duration
from almenara_platform.slo.sli import Sli
from almenara_platform.slo.windows import PERIOD, Severity

ALL_PIPELINES = "all"
DEFAULT_ALERT = "SLOBudgetBurn"


@dataclass(frozen=True, slots=True)
class SeverityAlert:
    """What one severity's alert carries beyond the generated labels and annotations."""

    enabled: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alerting:
    """The alerts of an SLO."""

    name: str = DEFAULT_ALERT
    page: SeverityAlert = SeverityAlert()
    ticket: SeverityAlert = SeverityAlert()

    def of(self, severity: Severity) -> SeverityAlert:
        """The alert of this severity."""
        return self.page if severity is Severity.PAGE else self.ticket


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an SLO is written: file and line (from 1)."""

    path: Path
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Slo:
    """One objective. ``objective`` is in percent; ``pipeline`` is ``all`` where every run counts."""

    pipeline: str
    name: str
    objective: float
    sli: Sli
    origin: Origin
    team: str = ""
    description: str = ""
    period: str = PERIOD
    labels: Mapping[str, str] = field(default_factory=dict)
    alerting: Alerting = Alerting()

    @property
    def id(self) -> str:
        """Unique among all SLOs: ``ventas_etl-freshness``."""
        return f"{self.pipeline}-{self.name}"

    @property
    def error_budget(self) -> float:
        """The share that may be bad: 0.01 for an objective of 99."""
        # Rounded because 1 - 99.9 / 100 is 0.0009999999999999, which shows in every generated threshold.
        return round(1 - self.objective / 100, 12)

    @property
    def period_seconds(self) -> int:
        """The length of the budget's period."""
        return parse_duration(self.period)

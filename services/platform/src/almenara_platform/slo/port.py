"""The port of whoever knows the value of an SLI."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from almenara_platform.runs.model import Run
from almenara_platform.slo.measured import Measured
from almenara_platform.slo.model import Slo
from almenara_platform.slo.sample import Sample


@dataclass(frozen=True, slots=True)
class Standing:
    """The error ratio of each recorded window that has one, by window (``5m`` to the period).

    ``sample``: the runs that the period's stands on, None where no runs are counted.
    """

    error_ratios: dict[str, float]
    sample: Sample | None = None


class SliSource(Protocol):
    """Answers for SLOs. Methods may be called from any thread and raise ``StoreUnavailable``."""

    def standing(self, slo: Slo, now: datetime) -> Standing:
        """Where the SLO stands at a moment."""

    def measured(self, slo: Slo, since: datetime, until: datetime) -> Measured:
        """What was measured, piece by piece; nothing where only ratios are known."""

    def missing(self, slo: Slo) -> str:
        """Why this SLO cannot be answered here; empty when it can."""


class RunSource(SliSource, Protocol):
    """Answers from runs. What it has measured names them by their ids."""

    def run(self, run_id: str) -> Run | None:
        """The run with everything that is known of it; None where it is gone."""

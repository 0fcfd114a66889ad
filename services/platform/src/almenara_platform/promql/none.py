"""No Prometheus: says so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from almenara_platform.exceptions import StoreUnavailable
from almenara_platform.promql.port import Sample, Series

WHY = "needs Prometheus: put `prometheus` on PATH and start again, or set ALMENARA_PROMETHEUS_URL"


class NoPrometheus:
    """The null adapter."""

    def missing(self) -> str:
        """What to do to get one."""
        return WHY

    def instant(self, query: str, at: datetime) -> Sequence[Sample]:
        """Always ``StoreUnavailable``."""
        raise StoreUnavailable(f"This {WHY}.")

    def range(self, query: str, since: datetime, until: datetime, step_seconds: float) -> Sequence[Series]:
        """Always ``StoreUnavailable``."""
        raise StoreUnavailable(f"This {WHY}.")

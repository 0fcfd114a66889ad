"""SLIs from run records: exact, and the same in both runtimes."""

from __future__ import annotations

from datetime import datetime, timedelta

from almenara_platform.slo.duration import parse_duration
from almenara_platform.slo.exact import Measured, measure
from almenara_platform.slo.history import read_history
from almenara_platform.slo.model import Slo
from almenara_platform.slo.windows import recorded_windows
from almenara_platform.store.port import LineageStore


class RunRecordSource:
    """Counts run records; for the kinds that ``from_runs`` names."""

    def __init__(self, store: LineageStore) -> None:
        self._store = store

    def error_ratios(self, slo: Slo, now: datetime) -> dict[str, float]:
        """Every window from one reading of the history; empty when nothing was measured in the period."""
        history = read_history(self._store, slo, now - timedelta(seconds=slo.period_seconds), now)
        found = {}
        for window in recorded_windows(slo.period):
            since = now - timedelta(seconds=parse_duration(window))
            found[window] = measure(slo.sli, history, since, now)
        known = found[slo.period].known
        return {window: measured.error_ratio for window, measured in found.items()} if known else {}

    def measured(self, slo: Slo, since: datetime, until: datetime) -> Measured:
        """Piece by piece."""
        return measure(slo.sli, read_history(self._store, slo, since, until), since, until)

    def missing(self, slo: Slo) -> str:
        """Run records are always there."""
        return ""

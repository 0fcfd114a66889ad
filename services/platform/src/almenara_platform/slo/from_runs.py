"""SLIs from run records: exact, and the same in both runtimes."""

from __future__ import annotations

from datetime import datetime, timedelta

from almenara_platform.runs.model import Run
from almenara_platform.slo.duration import parse_duration
from almenara_platform.slo.ended_runs import EndedRuns
from almenara_platform.slo.exact import measure
from almenara_platform.slo.history import read_history
from almenara_platform.slo.measured import Measured
from almenara_platform.slo.model import Slo
from almenara_platform.slo.port import Standing
from almenara_platform.slo.sample import sample_of
from almenara_platform.slo.windows import recorded_windows
from almenara_platform.store.port import LineageStore


class RunRecordSource:
    """Counts run records; for the kinds that ``from_runs`` names."""

    def __init__(self, store: LineageStore) -> None:
        self._store = store
        self._ended = EndedRuns(store)

    def standing(self, slo: Slo, now: datetime) -> Standing:
        """Every window from one measuring of the period; none when nothing was measured in it."""
        whole = self.measured(slo, now - timedelta(seconds=slo.period_seconds), now)
        if not whole.known:
            return Standing({})
        windows = {
            window: now - timedelta(seconds=parse_duration(window)) for window in recorded_windows(slo.period)
        }
        ratios = {window: whole.after(since).error_ratio for window, since in windows.items()}
        return Standing(ratios, sample_of(slo.sli, whole, slo.error_budget))

    def measured(self, slo: Slo, since: datetime, until: datetime) -> Measured:
        """Piece by piece."""
        history = read_history(self._store, self._ended, slo, since, until)
        return measure(slo.sli, history, since, until)

    def run(self, run_id: str) -> Run | None:
        """As the store has it now."""
        return self._store.run(run_id)

    def missing(self, slo: Slo) -> str:
        """Run records are always there."""
        return ""

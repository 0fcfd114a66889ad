"""The run records that an SLO is computed from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from almenara_platform.runs.model import Run, RunState
from almenara_platform.slo.ended_runs import LONGEST_RUN, SCORE, EndedRuns, ended_at
from almenara_platform.slo.model import ALL_PIPELINES, Slo
from almenara_platform.slo.sli import Freshness
from almenara_platform.store.port import LineageStore, RunQuery


@dataclass(frozen=True, slots=True)
class History:
    """Runs that ended, oldest end first."""

    runs: Sequence[Run]

    def ended_in(self, since: datetime, until: datetime) -> list[Run]:
        """Runs that ended after ``since`` and not after ``until``."""
        first, last = (bisect_right(self.runs, moment, key=ended_at) for moment in (since, until))
        return list(self.runs[first:last])


def read_history(
    store: LineageStore, ended: EndedRuns, slo: Slo, since: datetime, until: datetime
) -> History:
    """The runs that matter to the SLO between two moments, with what still held at the first."""
    begin = since - LONGEST_RUN
    pipeline = None if slo.pipeline == ALL_PIPELINES else slo.pipeline
    known = History(ended.runs(pipeline, begin, until)).ended_in(begin, until)
    before = [run for run in _state_before(store, slo, begin) if ended_at(run) <= until]
    unlisted = [run for run in before if all(run.run_id != each.run_id for each in known)]
    return History(sorted([*unlisted, *known], key=ended_at) if unlisted else known)


def _state_before(store: LineageStore, slo: Slo, before: datetime) -> list[Run]:
    """What still holds at the beginning of the window: the last success, and the last run with a score."""
    if slo.pipeline == ALL_PIPELINES:
        return []
    state = RunState.COMPLETE if isinstance(slo.sli, Freshness) else None
    page = store.runs(RunQuery(pipeline=slo.pipeline, state=state, until=before, limit=50))
    ended = [run for run in page.items if run.state.final and run.ended_at is not None]
    return [run for run in ended if state or table_scores(run)][:1]


def table_scores(run: Run) -> dict[str, float]:
    """The overall score (0-100) of each table that a run checked and that had rows."""
    return {
        result.table: result.value
        for result in run.quality
        if result.check == SCORE and result.value is not None
    }

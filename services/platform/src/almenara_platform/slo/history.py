"""The run records that an SLO is computed from."""

from __future__ import annotations

from datetime import datetime

from almenara_platform.runs.model import Run, RunState
from almenara_platform.slo.ended_runs import LONGEST_RUN, EndedRuns
from almenara_platform.slo.endings import Endings, table_scores
from almenara_platform.slo.model import ALL_PIPELINES, Slo
from almenara_platform.slo.sli import Freshness, QualityThreshold
from almenara_platform.store.port import LineageStore, RunQuery


def read_history(
    store: LineageStore, ended: EndedRuns, slo: Slo, since: datetime, until: datetime
) -> Endings:
    """The runs that matter to the SLO between two moments, with what still held at the first."""
    begin = since - LONGEST_RUN
    pipeline = None if slo.pipeline == ALL_PIPELINES else slo.pipeline
    known = ended.listed_since(begin, pipeline).ended_in(begin, until)
    before = [run for run in _state_before(store, slo, begin) if run.ended_at and run.ended_at <= until]
    return Endings.of(before).beside(known.without([run.run_id for run in before])) if before else known


def _state_before(store: LineageStore, slo: Slo, before: datetime) -> list[Run]:
    """What still holds at the beginning of the window: the last success, or the last run with a score."""
    if slo.pipeline == ALL_PIPELINES or not isinstance(slo.sli, Freshness | QualityThreshold):
        return []
    state = RunState.COMPLETE if isinstance(slo.sli, Freshness) else None
    page = store.runs(RunQuery(pipeline=slo.pipeline, state=state, until=before, limit=50, brief=True))
    ended = [run for run in page.items if run.state.final and run.ended_at is not None]
    return [run for run in ended if state or table_scores(run)][:1]

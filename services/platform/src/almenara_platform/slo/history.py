"""The run records that an SLO is computed from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from almenara_platform.runs.model import Run, RunState
from almenara_platform.slo.model import ALL_PIPELINES, Slo
from almenara_platform.slo.sli import Freshness
from almenara_platform.store.port import LineageStore, RunQuery

SCORE = "score"
"""The quality check that is a table's overall score."""

LONGEST_RUN = timedelta(days=2)
"""Runs are listed by their start: how long before a window a run may have started that ends within it."""

PAGE_SIZE = 1000


@dataclass(frozen=True, slots=True)
class History:
    """Runs that ended, oldest end first."""

    runs: Sequence[Run]

    def ended_in(self, since: datetime, until: datetime) -> list[Run]:
        """Runs that ended after ``since`` and not after ``until``."""
        return [run for run in self.runs if since < ended_at(run) <= until]


def ended_at(run: Run) -> datetime:
    """When a run that has ended did so."""
    assert run.ended_at is not None
    return run.ended_at


def read_history(store: LineageStore, slo: Slo, since: datetime, until: datetime) -> History:
    """The runs that matter to the SLO between two moments, with what still held at the first."""
    pipeline = None if slo.pipeline == ALL_PIPELINES else slo.pipeline
    found = list(_ended(store, RunQuery(pipeline=pipeline, since=since - LONGEST_RUN, until=until)))
    found += _state_before(store, slo, since - LONGEST_RUN)
    return History(sorted((run for run in found if ended_at(run) <= until), key=ended_at))


def _ended(store: LineageStore, query: RunQuery) -> Iterator[Run]:
    cursor: str | None = None
    while True:
        page = store.runs(_page(query, cursor))
        yield from (run for run in page.items if run.state.final and run.ended_at is not None)
        if page.next is None:
            return
        cursor = page.next


def _page(query: RunQuery, cursor: str | None) -> RunQuery:
    return RunQuery(
        pipeline=query.pipeline, since=query.since, until=query.until, limit=PAGE_SIZE, cursor=cursor
    )


def _state_before(store: LineageStore, slo: Slo, before: datetime) -> list[Run]:
    """What still holds at the beginning of the window: the last success, and the last run with a score."""
    if slo.pipeline == ALL_PIPELINES:
        return []
    state = RunState.COMPLETE if isinstance(slo.sli, Freshness) else None
    page = store.runs(RunQuery(pipeline=slo.pipeline, state=state, until=before, limit=50))
    ended = [run for run in page.items if run.state.final and run.ended_at is not None]
    return [run for run in ended if state or _scores(run)][:1]


def _scores(run: Run) -> bool:
    return any(result.check == SCORE for result in run.quality)


def table_scores(run: Run) -> dict[str, float]:
    """The overall score (0-100) of each table that a run checked."""
    return {
        result.table: result.value
        for result in run.quality
        if result.check == SCORE and result.value is not None
    }

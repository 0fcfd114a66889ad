"""The runs that ended lately, kept in memory: 100,000 of them are not read anew for every look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock

from almenara_platform.page import every
from almenara_platform.runs.model import Run, RunError
from almenara_platform.store.port import LineageStore, RunQuery

SCORE = "score"
"""The quality check that is a table's overall score."""

LONGEST_RUN = timedelta(days=2)
"""Runs are listed by their start: how long before a moment a run may have started that ends after it."""

READ_ANEW = timedelta(days=1)
"""How long runs that have gone, and new scores of old runs, may stay unnoticed."""

PAGE_SIZE = 1000
_NO_FACETS: dict[str, object] = {}


def ended_at(run: Run) -> datetime:
    """When a run that has ended did so."""
    assert run.ended_at is not None
    return run.ended_at


class EndedRuns:
    """What ended since the earliest moment that was asked for, without what no objective counts.

    The store's counts of endings tell whether there is anything to read. What is new is looked for among the
    newest runs first; when it is not all there, because it came late, everything is read anew.
    """

    def __init__(self, store: LineageStore) -> None:
        self._store = store
        self._lock = Lock()
        self._begin: datetime | None = None
        self._whole_until: datetime | None = None
        self._endings = 0
        self._runs: dict[str, Run] = {}
        self._by_end: dict[str | None, Sequence[Run]] = {}

    def runs(self, pipeline: str | None, since: datetime, until: datetime) -> Sequence[Run]:
        """Runs of a pipeline (None: any) by their end, with all that were listed between the moments.

        Raises ``StoreUnavailable``.
        """
        with self._lock:
            self._refresh(since, until)
            if pipeline not in self._by_end:
                own = [run for run in self._runs.values() if pipeline in (None, run.pipeline)]
                self._by_end[pipeline] = sorted(own, key=ended_at)
            return self._by_end[pipeline]

    def _refresh(self, since: datetime, until: datetime) -> None:
        # Counted first: what ends while the runs are read is read again, not overlooked.
        endings = sum(outcome.runs for outcome in self._store.outcomes())
        if self._begin is None or since < self._begin:
            self._read_anew(since - READ_ANEW)
        elif endings != self._endings:
            found = self._read_newest(until)
            if found < endings - self._endings or self._is_old():
                self._read_anew(self._begin)
        self._endings = endings

    def _read_newest(self, until: datetime) -> int:
        """Look where new runs should be; returns how many there were."""
        newest, known = self._newest(), len(self._runs)
        if newest is not None:
            # A run from the future, of a wrong clock, must not hide those of the present.
            self._runs.update(_ended(self._store, min(newest, until) - LONGEST_RUN))
            self._by_end.clear()
        return len(self._runs) - known

    def _is_old(self) -> bool:
        newest = self._newest()
        return not (newest and self._whole_until) or newest - self._whole_until > READ_ANEW

    def _read_anew(self, begin: datetime) -> None:
        self._runs = dict(_ended(self._store, begin))
        self._begin, self._whole_until = begin, self._newest()
        self._by_end.clear()

    def _newest(self) -> datetime | None:
        return max((run.listed_at for run in self._runs.values()), default=None)


def _ended(store: LineageStore, since: datetime) -> Iterator[tuple[str, Run]]:
    query = RunQuery(since=since, limit=PAGE_SIZE, brief=True)
    for run in every(lambda cursor: store.runs(replace(query, cursor=cursor))):
        if run.state.final and run.ended_at is not None:
            yield run.run_id, _slim(run)


def _slim(run: Run) -> Run:
    """The run without what no objective or review tells of it: most of a brief run is its quality results."""
    return replace(
        run,
        last_event_at=None,
        quality=tuple(result for result in run.quality if result.check == SCORE),
        error=run.error and RunError(run.error.type, run.error.message),
        owner=None,
        producer=None,
        parent_run_id=None,
        facets=_NO_FACETS,
    )

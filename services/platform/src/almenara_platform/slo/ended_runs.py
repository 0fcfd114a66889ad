"""The runs that ended lately, kept in memory: 100,000 of them are not read anew for every look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Lock

from almenara_platform.page import every
from almenara_platform.runs.model import Run
from almenara_platform.slo.endings import Endings
from almenara_platform.store.port import LineageStore, RunQuery

LONGEST_RUN = timedelta(days=2)
"""Runs are listed by their start: how long before a moment a run may have started that ends after it."""

SPARE = timedelta(hours=1)
"""How far a clock may be set back before older runs are read for it."""

PAGE_SIZE = 1000
_IDS_AT_ONCE = 400
_NEVER = datetime.max.replace(tzinfo=UTC)
_NOTHING = Endings.of(())


class EndedRuns:
    """What ended since the earliest moment that was asked for, as the store has it at each look.

    The store tells which runs have changed since the last look; only these are read.
    """

    def __init__(self, store: LineageStore) -> None:
        self._store = store
        self._lock = Lock()
        self._position = ""
        self._begin = _NEVER
        self._known = _NOTHING
        self._of_pipeline: dict[str | None, Endings] = {}

    def listed_since(self, begin: datetime, pipeline: str | None = None) -> Endings:
        """Runs of a pipeline (None: any) that were listed from a moment on, with some from before it.

        Raises ``StoreUnavailable``.
        """
        with self._lock:
            self._refresh(begin)
            if pipeline not in self._of_pipeline:
                self._of_pipeline[pipeline] = self._of(pipeline)
            return self._of_pipeline[pipeline]

    def _of(self, pipeline: str | None) -> Endings:
        return self._known if pipeline is None else self._known.of_pipeline(pipeline)

    def _refresh(self, wanted: datetime) -> None:
        # Asked first: what changes while the runs are read is read again, not overlooked.
        changes = self._store.changes(self._position)
        known, begin = (_NOTHING, _NEVER) if changes.lost else (self._known, self._begin)
        if changes.run_ids:
            known = known.without(changes.run_ids).beside(self._among(changes.run_ids, begin))
        if wanted < begin:
            known = self._between(wanted - SPARE, begin).beside(known)
            begin = wanted - SPARE
        known = known.ended_from(changes.oldest) if changes.oldest else _NOTHING
        if known is not self._known:
            self._known, self._of_pipeline = known, {}
        self._position, self._begin = changes.position, begin

    def _between(self, begin: datetime, end: datetime) -> Endings:
        return Endings.of(self._runs(RunQuery(since=begin, until=end)))

    def _among(self, run_ids: Sequence[str], begin: datetime) -> Endings:
        parts = range(0, len(run_ids), _IDS_AT_ONCE)
        asked = (RunQuery(since=begin, run_ids=run_ids[part : part + _IDS_AT_ONCE]) for part in parts)
        return Endings.of(run for query in asked for run in self._runs(query))

    def _runs(self, query: RunQuery) -> Iterator[Run]:
        page = replace(query, limit=PAGE_SIZE, brief=True)
        return every(lambda cursor: self._store.runs(replace(page, cursor=cursor)))

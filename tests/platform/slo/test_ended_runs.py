"""Endings that are kept in memory: complete however they come, and not read for every look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from tests.platform.events import NOON, progress, run_event, stage, whole_run
from tests.platform.slo.histories import Past, stored
from tests.platform.slo.test_exact import KINDS, MONTH, slo

from almenara_platform.exceptions import StoreUnavailable
from almenara_platform.page import Page
from almenara_platform.promql.none import NoPrometheus
from almenara_platform.runs.model import Run
from almenara_platform.slo.ended_runs import EndedRuns
from almenara_platform.slo.from_prometheus import PrometheusSource
from almenara_platform.slo.from_runs import RunRecordSource
from almenara_platform.slo.pipelines import NO_PIPELINES
from almenara_platform.slo.status import Objectives
from almenara_platform.store.memory import MemoryLineageStore
from almenara_platform.store.port import RunQuery

DAY = 24 * 3600
END = NOON + timedelta(days=40)


class CountingStore(MemoryLineageStore):
    """Remembers from when on runs were asked for; ``ill`` makes it answer nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[datetime | None] = []
        self.ill = False

    def runs(self, query: RunQuery) -> Page[Run]:
        self.asked.append(query.since)
        if self.ill:
            raise StoreUnavailable("the disk is gone")
        return super().runs(query)


@pytest.fixture
def store() -> CountingStore:
    """A store with a run on each of thirty days."""
    store = CountingStore()
    for number in range(30):
        tell(store, number + 1, number * DAY)
    return store


def tell(store: MemoryLineageStore, number: int, start: float, pipeline: str = "ventas_etl") -> None:
    """A run that began so many seconds after noon."""
    store.apply(whole_run(str(UUID(int=number)), start, pipeline=pipeline), NOON)


def numbers(runs: Sequence[Run]) -> list[int]:
    """The runs' numbers."""
    return [UUID(run.run_id).int for run in runs]


def test_nothing_is_read_while_nothing_ends(store: CountingStore) -> None:
    """A second look costs no reading, not even when a run has begun meanwhile."""
    ended = EndedRuns(store)
    first = ended.runs(None, NOON, END)
    read = len(store.asked)
    store.apply([run_event("START", 31 * DAY, run_id=str(UUID(int=99)))], NOON)
    assert ended.runs(None, NOON, END) == first
    assert (numbers(first), len(store.asked)) == (list(range(1, 31)), read)


def test_what_was_read_ahead_is_not_read_again(store: CountingStore) -> None:
    """The first look at the objectives finds the runs that the platform read when it started."""
    promised = [slo(name) for name in KINDS if name != "quality"]
    sources = RunRecordSource(store), PrometheusSource(NoPrometheus())
    objectives = Objectives(promised, NO_PIPELINES, *sources, lambda: NOON + timedelta(days=30))
    objectives.read_ahead()
    assert any(store.asked)
    store.asked.clear()
    assert all(status.sli is not None for status in objectives.all())
    assert not any(store.asked)


def test_what_has_ended_since_is_found_among_the_newest(store: CountingStore) -> None:
    """A new run is found, of its own pipeline only, and no more than two days are read for it."""
    ended = EndedRuns(store)
    ended.runs("other", NOON, END)
    store.asked.clear()
    tell(store, 31, 30 * DAY, pipeline="other")
    assert numbers(ended.runs("other", NOON, END)) == [31]
    assert numbers(ended.runs("ventas_etl", NOON, END)) == list(range(1, 31))
    assert store.asked == [NOON + timedelta(days=27)]


def test_what_comes_late_is_found_all_the_same(store: CountingStore) -> None:
    """A run of last week that is told today is not among the newest, so everything is read."""
    ended = EndedRuns(store)
    ended.runs(None, NOON, END)
    tell(store, 31, 20.5 * DAY)
    assert numbers(ended.runs(None, NOON, END)) == [*range(1, 22), 31, *range(22, 31)]


def test_a_run_from_the_future_hides_none_of_the_present(store: CountingStore) -> None:
    """With the wrong clock of one emitter the runs of the others are still found among the newest."""
    tell(store, 31, 4000 * DAY)
    ended, now = EndedRuns(store), NOON + timedelta(days=31)
    ended.runs(None, NOON, now)
    store.asked.clear()
    tell(store, 32, 30 * DAY)
    assert 32 in numbers(ended.runs(None, NOON, now))
    assert store.asked == [NOON + timedelta(days=29)]


def test_what_is_asked_from_earlier_on_is_read(store: CountingStore) -> None:
    """A review of a month further back has its runs."""
    ended = EndedRuns(store)
    assert numbers(ended.runs(None, NOON + timedelta(days=20), END))[-1] == 30
    assert numbers(ended.runs(None, NOON, END)) == list(range(1, 31))


def test_a_store_that_fails_leaves_nothing_half_read(store: CountingStore) -> None:
    """The look after the failure sees every run."""
    ended = EndedRuns(store)
    ended.runs(None, NOON + timedelta(days=20), END)
    store.ill = True
    with pytest.raises(StoreUnavailable):
        ended.runs(None, NOON, END)
    store.ill = False
    assert numbers(ended.runs(None, NOON, END)) == list(range(1, 31))


@pytest.mark.parametrize("name", KINDS)
def test_windows_of_one_measuring_are_those_measured_alone(name: str) -> None:
    """The ratio of each window is the same as when only that window is measured."""
    source = RunRecordSource(stored([*MONTH, Past(24 * 30 - 2, outcome="FAIL")]))
    now = NOON + timedelta(days=30)
    ratios = source.standing(slo(name), now).error_ratios
    days = {"6h": 0.25, "1d": 1, "3d": 3, "30d": 30}
    alone = {w: source.measured(slo(name), now - timedelta(days=d), now).error_ratio for w, d in days.items()}
    assert {window: ratios[window] for window in days} == pytest.approx(alone)
    assert any(alone.values())


def test_a_cost_has_the_whole_run() -> None:
    """What the objectives keep is slim; the run that cost something is told with its stages."""
    store = MemoryLineageStore()
    run_id = str(UUID(int=1))
    facets = progress(stage("load", "FAIL"))
    events = [run_event("START", run_id=run_id), run_event("FAIL", 60, run_id=run_id, facets=facets)]
    store.apply(events, NOON)
    source = RunRecordSource(store)
    (piece,) = source.measured(slo("runs"), NOON - timedelta(days=1), NOON + timedelta(days=1)).costs
    assert piece.run and not piece.run.stages
    assert [each.name for each in source.whole(piece.run).stages] == ["load"]

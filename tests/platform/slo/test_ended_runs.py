"""Endings that are kept in memory: complete however they come, and not read for every look."""

from __future__ import annotations

from datetime import timedelta
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
from almenara_platform.slo.endings import Endings
from almenara_platform.slo.from_prometheus import PrometheusSource
from almenara_platform.slo.from_runs import RunRecordSource
from almenara_platform.slo.pipelines import NO_PIPELINES
from almenara_platform.slo.status import Objectives
from almenara_platform.store.memory import MemoryLineageStore
from almenara_platform.store.port import Changes, RunQuery

DAY = 24 * 3600
END = NOON + timedelta(days=40)


class CountingStore(MemoryLineageStore):
    """Remembers how many runs it told; ``ill`` makes it answer nothing, ``place_is_lost`` tell no changes."""

    def __init__(self) -> None:
        super().__init__()
        self.told = 0
        self.ill = self.place_is_lost = False

    def changes(self, position: str = "") -> Changes:
        return super().changes("" if self.place_is_lost else position)

    def runs(self, query: RunQuery) -> Page[Run]:
        if self.ill:
            raise StoreUnavailable("the disk is gone")
        page = super().runs(query)
        self.told += len(page.items)
        return page


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


def numbers(endings: Endings) -> list[int]:
    """The runs' numbers."""
    return [UUID(name.decode()).int for name in endings.runs["run_id"]]


def test_nothing_is_read_while_nothing_changes(store: CountingStore) -> None:
    """A second look costs no reading."""
    ended = EndedRuns(store)
    first = ended.listed_since(NOON)
    assert (numbers(first), store.told) == (list(range(1, 31)), 30)
    assert ended.listed_since(NOON) is first
    assert store.told == 30


def test_what_was_read_ahead_is_not_read_again(store: CountingStore) -> None:
    """The first look at the objectives finds the runs that the platform read when it started."""
    promised = [slo(name) for name in KINDS if name != "quality"]
    sources = RunRecordSource(store), PrometheusSource(NoPrometheus())
    objectives = Objectives(promised, NO_PIPELINES, *sources, lambda: NOON + timedelta(days=30))
    objectives.read_ahead()
    assert store.told == 30
    assert all(status.sli is not None for status in objectives.all())
    assert store.told == 30


def test_of_what_has_ended_since_nothing_else_is_read(store: CountingStore) -> None:
    """A new run is found, of its own pipeline only, and no other is read for it."""
    ended = EndedRuns(store)
    assert numbers(ended.listed_since(NOON, "other")) == []
    tell(store, 31, 30 * DAY, pipeline="other")
    assert numbers(ended.listed_since(NOON, "other")) == [31]
    assert numbers(ended.listed_since(NOON, "ventas_etl")) == list(range(1, 31))
    assert store.told == 31


def test_a_run_that_goes_on_is_not_counted(store: CountingStore) -> None:
    """Only what has ended is."""
    ended = EndedRuns(store)
    ended.listed_since(NOON)
    store.apply([run_event("START", 31 * DAY, run_id=str(UUID(int=99)))], NOON)
    assert numbers(ended.listed_since(NOON)) == list(range(1, 31))


def test_what_comes_late_has_its_place(store: CountingStore) -> None:
    """A run of last week that is told today stands among those of last week."""
    ended = EndedRuns(store)
    ended.listed_since(NOON)
    tell(store, 31, 20.5 * DAY)
    assert numbers(ended.listed_since(NOON)) == [*range(1, 22), 31, *range(22, 31)]
    assert store.told == 31


def test_more_runs_at_once_than_one_question_takes(store: CountingStore) -> None:
    """After an hour without a look every run of it is found."""
    ended = EndedRuns(store)
    ended.listed_since(NOON)
    for number in range(31, 931):
        tell(store, number, 20 * DAY + number)
    assert sorted(numbers(ended.listed_since(NOON))) == list(range(1, 931))


def test_what_is_asked_from_earlier_on_is_read(store: CountingStore) -> None:
    """A review of a month further back has its runs, and those that were known are not read for it."""
    ended = EndedRuns(store)
    assert numbers(ended.listed_since(NOON + timedelta(days=20)))[-1] == 30
    assert numbers(ended.listed_since(NOON)) == list(range(1, 31))
    assert store.told == 30


def test_what_retention_removed_is_gone_at_once(store: CountingStore) -> None:
    """Runs that the store forgets are counted no more, to the last one."""
    ended = EndedRuns(store)
    ended.listed_since(NOON)
    store.forget(NOON + timedelta(days=9.5))
    assert numbers(ended.listed_since(NOON)) == list(range(11, 31))
    assert numbers(ended.listed_since(NOON, "ventas_etl")) == list(range(11, 31))
    store.forget(END)
    assert numbers(ended.listed_since(NOON)) == []


def test_a_store_that_fails_leaves_nothing_half_read(store: CountingStore) -> None:
    """The look after the failure sees every run, older and newer ones."""
    ended = EndedRuns(store)
    ended.listed_since(NOON + timedelta(days=20))
    tell(store, 31, 30 * DAY)
    store.ill = True
    with pytest.raises(StoreUnavailable):
        ended.listed_since(NOON)
    store.ill = False
    assert numbers(ended.listed_since(NOON)) == list(range(1, 32))


def test_a_store_that_cannot_say_what_changed_is_read_anew(store: CountingStore) -> None:
    """What it has now counts, each run once, and nothing else."""
    ended = EndedRuns(store)
    ended.listed_since(NOON)
    store.place_is_lost = True
    tell(store, 31, 30 * DAY)
    assert numbers(ended.listed_since(NOON)) == list(range(1, 32))
    assert store.told == 30 + 31


def test_an_ending_that_is_corrected_counts_as_it_is(store: CountingStore) -> None:
    """A run that was given up for silence and then completes is complete, and one run."""
    run_id = str(UUID(int=99))
    store.apply([run_event("START", 0, run_id=run_id), run_event("FAIL", 60, run_id=run_id)], NOON)
    ended = EndedRuns(store)
    (before,) = (row for row in ended.listed_since(NOON).runs if row["run_id"] == run_id.encode())
    store.apply([run_event("COMPLETE", 120, run_id=run_id)], NOON)
    (after,) = (row for row in ended.listed_since(NOON).runs if row["run_id"] == run_id.encode())
    assert (bool(before["complete"]), bool(after["complete"])) == (False, True)


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
    """What the objectives keep is its id; the run that cost something is told with its stages."""
    store = MemoryLineageStore()
    run_id = str(UUID(int=1))
    facets = progress(stage("load", "FAIL"))
    events = [run_event("START", run_id=run_id), run_event("FAIL", 60, run_id=run_id, facets=facets)]
    store.apply(events, NOON)
    source = RunRecordSource(store)
    (piece,) = source.measured(slo("runs"), NOON - timedelta(days=1), NOON + timedelta(days=1)).costs
    run = source.run(piece.run_id or "")
    assert run and [each.name for each in run.stages] == ["load"]

"""Silent runs, and what retention removes."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from prometheus_client import CollectorRegistry
from tests.platform.events import NOON, RUN_ID, at, heartbeat, run_event, whole_run
from tests.platform.spans import NOON_NS, SECOND, span

from almenara_platform.exceptions import StoreUnavailable
from almenara_platform.housekeeping import GRACE, Retention, SilenceSweep, kept_up
from almenara_platform.lineage.index import LineageIndex
from almenara_platform.lineage.upkeep import LineageUpkeep
from almenara_platform.logs.memory import MemoryLogStore
from almenara_platform.logs.model import LogRecord
from almenara_platform.logs.port import LogQuery
from almenara_platform.logs.sqlite import SqliteLogStore
from almenara_platform.metrics.own import OwnMetrics
from almenara_platform.runs.model import RunState
from almenara_platform.store.memory import MemoryLineageStore
from almenara_platform.store.port import RunQuery
from almenara_platform.stores import Stores
from almenara_platform.traces.memory import MemoryTraceStore
from almenara_platform.traces.port import TraceQuery


class Hand:
    """A clock that stands where it is put."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def state(store: MemoryLineageStore) -> RunState:
    """The state of the only run."""
    run = store.run(RUN_ID)
    assert run is not None
    return run.state


def test_silent_run_is_aborted() -> None:
    """A run that sent heartbeats and then nothing for four of them ends as ABORT."""
    clock, store = Hand(NOON - timedelta(hours=1)), MemoryLineageStore()
    sweep = SilenceSweep(store, clock)
    store.apply([run_event("START"), heartbeat(15)], at(15))
    clock.now = at(74)
    sweep()
    assert state(store) is RunState.RUNNING
    clock.now = at(75)
    sweep()
    assert state(store) is RunState.ABORT


def test_run_without_heartbeats_is_left_alone() -> None:
    """A third party's run that says nothing for a day still runs."""
    clock, store = Hand(NOON - timedelta(hours=1)), MemoryLineageStore()
    sweep = SilenceSweep(store, clock)
    store.apply([run_event("START")], NOON)
    clock.now = NOON + timedelta(days=1)
    sweep()
    assert state(store) is RunState.START


def test_nothing_is_aborted_in_the_first_minute() -> None:
    """After its own start the platform listens for a minute before it takes any run for dead."""
    store = MemoryLineageStore()
    store.apply([run_event("START"), heartbeat(1, every=1)], at(1))
    clock = Hand(at(3600))
    sweep = SilenceSweep(store, clock)
    clock.now = at(3600) + GRACE - timedelta(seconds=1)
    sweep()
    assert state(store) is RunState.RUNNING
    clock.now = at(3600) + GRACE
    sweep()
    assert state(store) is RunState.ABORT


def test_later_event_replaces_the_abort() -> None:
    """A worker that was only cut off goes on, and its COMPLETE is what counts."""
    clock, store = Hand(NOON - timedelta(hours=1)), MemoryLineageStore()
    sweep = SilenceSweep(store, clock)
    store.apply([run_event("START"), heartbeat(15)], at(15))
    clock.now = at(900)
    sweep()
    store.apply([run_event("COMPLETE", 20)], at(901))
    sweep()
    assert state(store) is RunState.COMPLETE


def test_sweep_aborts_once() -> None:
    """A run that was aborted is not aborted again at every sweep."""
    clock, store = Hand(NOON - timedelta(hours=1)), MemoryLineageStore()
    sweep = SilenceSweep(store, clock)
    store.apply([heartbeat(15)], at(15))
    clock.now = at(900)
    sweep()
    sweep()
    assert len(store.events(RUN_ID)) == 2


def filled() -> Stores:
    """Stores with something of noon and something of an hour later."""
    stores = Stores(MemoryLineageStore(), MemoryTraceStore(), MemoryLogStore())
    stores.lineage.apply(whole_run() + whole_run("0" * 8 + RUN_ID[8:], start=3600), NOON)
    stores.traces.add([span(1, 1), span(2, 1, start=3600)])
    stores.logs.add([LogRecord(NOON_NS + n * 3600 * SECOND, "INFO", "x", "a") for n in range(2)])
    return stores


def test_retention_by_age_empties_every_store() -> None:
    """Runs, spans and logs that are older than the setting go, the others stay, and both are told."""
    stores, registry = filled(), CollectorRegistry()
    clock = Hand(NOON + timedelta(days=35, minutes=30))
    Retention(stores, timedelta(days=35), 0, clock, OwnMetrics(registry))()
    assert len(stores.lineage.runs(RunQuery()).items) == 1
    assert len(stores.traces.find(TraceQuery()).items) == 1
    assert len(stores.logs.find(LogQuery()).items) == 1
    for signal in ("lineage", "spans", "logs"):
        assert registry.get_sample_value("almenara_platform_forgotten_total", {"signal": signal}) == 1


def test_retention_by_size_drops_the_oldest(tmp_path: Path) -> None:
    """A store that is too large loses its oldest until it fits, and its last hour never."""
    logs = SqliteLogStore(tmp_path / "logs.db")
    hours = 48
    for hour in range(hours):
        text = "x" * 2000
        logs.add([LogRecord(NOON_NS + (hour * 3600 * SECOND) + n, "INFO", text, "a") for n in range(20)])
    stores = Stores(MemoryLineageStore(), MemoryTraceStore(), logs)
    before, limit = logs.size_bytes(), logs.size_bytes() // 2
    clock = Hand(NOON + timedelta(hours=hours))
    Retention(stores, timedelta(days=35), limit, clock, OwnMetrics(CollectorRegistry()))()
    left = logs.find(LogQuery(limit=10_000)).items
    assert before > limit >= logs.size_bytes()
    assert 0 < len(left) < hours * 20
    assert left[0].time_ns > NOON_NS + (hours - 1) * 3600 * SECOND
    Retention(stores, timedelta(days=35), 1, clock, OwnMetrics(CollectorRegistry()))()
    assert len(logs.find(LogQuery(limit=10_000)).items) == 20
    logs.close()


def test_store_that_cannot_answer_waits_for_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Housekeeping goes on after a store failed once."""
    store, swept = MemoryLineageStore(), []

    def silent_runs(*_: object, **__: object) -> list[object]:
        swept.append(1)
        raise StoreUnavailable("locked")

    monkeypatch.setattr(store, "silent_runs", silent_runs)
    monkeypatch.setattr("almenara_platform.housekeeping.SWEEP_SECONDS", 0.01)
    clock = Hand()
    sweep = SilenceSweep(store, clock)
    clock.now = at(900)
    stores = Stores(store, MemoryTraceStore(), MemoryLogStore())
    retention = Retention(stores, timedelta(days=1), 0, clock, OwnMetrics(CollectorRegistry()))
    with kept_up(sweep, retention, LineageUpkeep(store, LineageIndex(store.ledger))):
        while len(swept) < 3:
            Event().wait(0.005)
    assert len(swept) >= 3

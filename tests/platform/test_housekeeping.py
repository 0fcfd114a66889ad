"""Silent runs, and what retention removes."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry
from tests.platform.events import NOON, RUN_ID, at, heartbeat, run_event, whole_run
from tests.platform.spans import NOON_NS, SECOND, span

from almenara_platform.alerts.memory import MemoryAlertStore
from almenara_platform.alerts.model import Alert
from almenara_platform.alerts.port import AlertQuery
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


def test_retention_by_age_empties_every_store() -> None:
    """Runs, spans, logs and alerts that are older than the setting go, the others stay, and it is told."""
    lineage, traces = MemoryLineageStore(), MemoryTraceStore()
    logs, alerts = MemoryLogStore(), MemoryAlertStore()
    lineage.apply(whole_run() + whole_run("0" * 8 + RUN_ID[8:], start=3600), NOON)
    traces.add([span(1, 1), span(2, 1, start=3600)])
    logs.add([LogRecord(NOON_NS + n * 3600 * SECOND, "INFO", "x", "a") for n in range(2)])
    alerts.record([Alert(f"{n}", at(n * 3600), None, at(n * 3600)) for n in range(2)])
    clock, registry = Hand(NOON + timedelta(days=35, minutes=30)), CollectorRegistry()
    stores = {"lineage": lineage, "spans": traces, "logs": logs, "alerts": alerts}
    Retention(stores, timedelta(days=35), 0, clock, OwnMetrics(registry))()
    found = (
        lineage.runs(RunQuery()),
        traces.find(TraceQuery()),
        logs.find(LogQuery()),
        alerts.alerts(AlertQuery()),
    )
    assert [len(page.items) for page in found] == [1, 1, 1, 1]
    for signal in stores:
        assert registry.get_sample_value("almenara_platform_forgotten_total", {"signal": signal}) == 1


def test_every_store_of_a_platform_is_kept_in_bounds(client: TestClient) -> None:
    """The stores that retention goes through are those whose sizes it tells, from the start on."""
    name = "almenara_platform_store_size_bytes"
    deadline = time.monotonic() + 60
    told: set[str] = set()
    while len(told) < 4 and time.monotonic() < deadline:
        told = set(re.findall(rf'^{name}{{signal="(\w+)"}}', client.get("/metrics").text, re.MULTILINE))
    assert told == {"lineage", "spans", "logs", "alerts"}


def test_retention_by_size_drops_the_oldest(tmp_path: Path) -> None:
    """A store that is too large loses its oldest until it fits, and its last hour never."""
    logs = SqliteLogStore(tmp_path / "logs.db")
    hours = 48
    for hour in range(hours):
        text = "x" * 2000
        logs.add([LogRecord(NOON_NS + (hour * 3600 * SECOND) + n, "INFO", text, "a") for n in range(20)])
    stores = {"logs": logs}
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
    retention = Retention({"lineage": store}, timedelta(days=1), 0, clock, OwnMetrics(CollectorRegistry()))
    with kept_up(sweep, retention, LineageUpkeep(store, LineageIndex(store.ledger))):
        while len(swept) < 3:
            Event().wait(0.005)
    assert len(swept) >= 3


def test_what_is_to_be_done_at_once_is_done_one_time() -> None:
    """It runs in the background when the block begins."""
    store, clock, done = MemoryLineageStore(), Hand(), Event()
    retention = Retention({"lineage": store}, timedelta(days=1), 0, clock, OwnMetrics(CollectorRegistry()))
    upkeep = LineageUpkeep(store, LineageIndex(store.ledger))
    with kept_up(SilenceSweep(store, clock), retention, upkeep, done.set):
        assert done.wait(60)

"""The canary: what it tells of signals that come back, do not, or cannot be sent."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry

from almenara_platform import settings as platform_settings
from almenara_platform.app import create_app
from almenara_platform.canary.canary import Canary, CanaryMetrics
from almenara_platform.canary.signals import LineageTrip, LogTrip, TraceTrip


class Trip:
    """A round trip whose fate the test decides."""

    def __init__(self, signal: str, looks: list[bool] | None = None, fails: bool = False) -> None:
        self.signal = signal
        self.sent = 0
        self._looks = looks if looks is not None else [True]
        self._fails = fails

    def write(self, mark: str, time_ns: int) -> None:
        if self._fails:
            raise ConnectionError("refused")
        self.sent += 1

    def arrived(self, mark: str, time_ns: int) -> bool:
        return self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]


def successes(registry: CollectorRegistry, signal: str) -> float | None:
    """When the canary last succeeded with a signal."""
    return registry.get_sample_value("almenara_canary_last_success_timestamp_seconds", {"signal": signal})


def seconds() -> Iterator[float]:
    """A clock that moves on a second at each look."""
    now = 1000.0
    while True:
        yield now
        now += 1


@pytest.fixture
def registry() -> CollectorRegistry:
    """Where the canary's metrics are."""
    return CollectorRegistry()


def make(registry: CollectorRegistry, monkeypatch: pytest.MonkeyPatch, *trips: Trip) -> Canary:
    """A canary that does not wait."""
    monkeypatch.setattr("almenara_platform.canary.canary.LOOK_EVERY_SECONDS", 0)
    ticks = seconds()
    return Canary(trips, CanaryMetrics(registry), 60, clock=lambda: next(ticks), patience=20)


def test_a_signal_that_comes_back_late_is_a_success(
    registry: CollectorRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked for until it is there."""
    trip = Trip("log", looks=[False, False, True])
    make(registry, monkeypatch, trip).round()
    assert trip.sent == 1
    assert successes(registry, "log") is not None


def test_one_signal_that_fails_does_not_hide_the_others(
    registry: CollectorRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be sent, or never arrives, has no success; the rest has."""
    trips = [Trip("log", fails=True), Trip("trace", looks=[False]), Trip("lineage")]
    make(registry, monkeypatch, *trips).round()
    assert [successes(registry, each.signal) is None for each in trips] == [True, True, False]


@pytest.mark.parametrize(
    ("patience", "begun"), [(20, [1060, 1120, 1180]), (90, [1060, 1150, 1240])], ids=["within", "beyond"]
)
def test_a_round_begins_each_period(
    registry: CollectorRegistry, monkeypatch: pytest.MonkeyPatch, patience: float, begun: list[float]
) -> None:
    """What a round takes is taken off the pause after it; one beyond the period is followed at once."""
    now, starts = [1000.0], list[float]()
    trip = Trip("log", looks=[False])
    monkeypatch.setattr(trip, "write", lambda mark, time_ns: starts.append(now[0]))
    canary = Canary([trip], CanaryMetrics(registry), 60, clock=lambda: now[0], patience=patience)

    def wait(seconds: float) -> bool:
        now[0] += seconds
        return len(starts) == len(begun)

    monkeypatch.setattr(canary._stopped, "wait", wait)
    canary._run()
    assert starts == begun


def test_it_ends_when_stopped(registry: CollectorRegistry) -> None:
    """Stopping does not wait for the next round, and every signal counts from the start."""
    canary = Canary([Trip("log")], CanaryMetrics(registry), 3600)
    canary.start()
    canary.stop()
    assert successes(registry, "log")


def test_the_real_way_there_and_back() -> None:
    """A log, a span and a lineage event go through the platform's own intake and are found in its stores."""
    settings = platform_settings.read({"database_url": "sqlite:///:memory:", "ui": False})
    app = create_app(settings)
    with TestClient(app) as client:
        entry: httpx.Client = client
        platform = app.state.platform
        mark, time_ns = "ab" * 16, 1_700_000_000_000_000_000
        trips = (
            LogTrip(entry, platform.logs),
            TraceTrip(entry, platform.traces),
            LineageTrip(entry, platform.lineage),
        )
        assert [trip.arrived(mark, time_ns) for trip in trips] == [False, False, False]
        for trip in trips:
            trip.write(mark, time_ns)
        assert [trip.arrived(mark, time_ns) for trip in trips] == [True, True, True]
        assert not trips[2].arrived(mark, time_ns + 10**9)

"""The canary's rounds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Event, Thread
from uuid import uuid4

from loguru import logger
from prometheus_client import CollectorRegistry, Gauge

from almenara_platform.canary.port import RoundTrip

PATIENCE_SECONDS = 45.0
"""How long a signal may take: a scrape, a batch, tail sampling and a flush lie on its way."""

LOOK_EVERY_SECONDS = 1.0


class CanaryMetrics:
    """What the canary tells Prometheus."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.beat = Gauge(
            "almenara_canary_beat_timestamp_seconds", "The canary's last round began.", registry=registry
        )
        self._success = Gauge(
            "almenara_canary_last_success_timestamp_seconds",
            "When a test log, metric, trace or lineage event was last written and read back.",
            ["signal"],
            registry=registry,
        )
        self._duration = Gauge(
            "almenara_canary_duration_seconds",
            "How long the last successful write and read back took.",
            ["signal"],
            registry=registry,
        )

    def begin(self, signal: str, now: float) -> None:
        """Count from now on, so that a signal that never succeeds is noticed as well."""
        self._success.labels(signal).set(now)

    def succeeded(self, signal: str, now: float, seconds: float) -> None:
        """A signal went there and back."""
        self._success.labels(signal).set(now)
        self._duration.labels(signal).set(seconds)


class Canary:
    """Begins a round every ``period`` seconds in a thread of its own until it is stopped."""

    def __init__(
        self,
        trips: Sequence[RoundTrip],
        metrics: CanaryMetrics,
        period: float,
        clock: Callable[[], float] = time.time,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._trips = trips
        self._metrics = metrics
        self._period = period
        self._clock = clock
        self._patience = patience
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="canary", daemon=True)

    def start(self) -> None:
        """Begin; the first round comes after one period, when everything has had time to start."""
        for trip in self._trips:
            self._metrics.begin(trip.signal, self._clock())
        self._thread.start()

    def stop(self) -> None:
        """End within a second."""
        self._stopped.set()
        with suppress(RuntimeError):
            self._thread.join(2 * LOOK_EVERY_SECONDS)

    def round(self) -> None:
        """Send every signal, then look for each until it is there or patience ends."""
        mark, started = uuid4().hex, self._clock()
        time_ns = int(started * 1e9) // 1000 * 1000
        reasons = {trip.signal: _complaint(trip.write, mark, time_ns) for trip in self._trips}
        waiting = [trip for trip in self._trips if not reasons[trip.signal]]
        while waiting and self._clock() - started < self._patience and not self._stopped.is_set():
            for trip in waiting:
                reasons[trip.signal] = _complaint(_look, trip, mark, time_ns)
                if not reasons[trip.signal]:
                    self._metrics.succeeded(trip.signal, self._clock(), self._clock() - started)
            waiting = [trip for trip in waiting if reasons[trip.signal]]
            if waiting:
                self._stopped.wait(LOOK_EVERY_SECONDS)
        for signal, reason in reasons.items():
            if reason and not self._stopped.is_set():
                logger.warning("canary", signal=signal, reason=reason)

    def _run(self) -> None:
        pause = self._period
        while not self._stopped.wait(pause):
            started = self._clock()
            self.round()
            # From beginning to beginning: a signal on its way, up to the next scrape, delays no round.
            pause = min(self._period, max(0.0, self._period - (self._clock() - started)))


def _look(trip: RoundTrip, mark: str, time_ns: int) -> None:
    if not trip.arrived(mark, time_ns):
        raise LookupError("it was sent and cannot be read yet")


def _complaint(step: Callable[..., None], *arguments: object) -> str:
    """What went wrong, empty when nothing did."""
    try:
        step(*arguments)
    except Exception as error:  # noqa: BLE001 - whatever fails is what the canary is there to tell
        return f"{type(error).__name__}: {error}"
    return ""

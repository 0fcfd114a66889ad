"""What the platform does by itself: end silent runs, and forget what is too old or too much."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from loguru import logger

from almenara_platform.clock import Clock
from almenara_platform.exceptions import StoreUnavailable
from almenara_platform.lineage.upkeep import LineageUpkeep
from almenara_platform.metrics.own import OwnMetrics
from almenara_platform.runs.silence import abort_event
from almenara_platform.store.port import LineageStore

GRACE = timedelta(seconds=60)
"""How long after its start the platform takes no run for dead: workers may only just reach it again."""

LINEAGE_SECONDS = 2
SWEEP_SECONDS = 5
RETENTION_SECONDS = 600
YOUNGEST = timedelta(hours=1)
_SHRINK = 0.9


class Forgetful(Protocol):
    """A store as far as retention needs it."""

    def forget(self, before: datetime) -> int: ...

    def size_bytes(self) -> int: ...


class SilenceSweep:
    """Ends the runs that went silent with an ABORT that a later event of theirs replaces."""

    def __init__(self, store: LineageStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._started_at = clock()

    def __call__(self) -> None:
        """Sweep once."""
        now = self._clock()
        if now - self._started_at < GRACE:
            return
        silent = self._store.silent_runs(now, awake_since=self._started_at)
        if silent:
            self._store.apply([abort_event(run) for run in silent], now)
        for run in silent:
            logger.warning("run_went_silent", run_id=run.run_id, pipeline=run.pipeline)


@dataclass(frozen=True, slots=True)
class Retention:
    """Forgets what is older than ``age``, and the oldest beyond ``max_bytes`` a store (0 for no limit).

    ``stores`` are named by what they keep. The last hour is never forgotten for its size.
    """

    stores: Mapping[str, Forgetful]
    age: timedelta
    max_bytes: int
    clock: Clock
    metrics: OwnMetrics

    def __call__(self) -> None:
        """Go through the stores once."""
        for signal, store in self.stores.items():
            self.metrics.forgotten(signal, self._forget(store))
        self.measure()

    def measure(self) -> None:
        """Tell how much each store takes."""
        for signal, store in self.stores.items():
            self.metrics.store_size(signal, store.size_bytes())

    def _forget(self, store: Forgetful) -> int:
        now, age = self.clock(), self.age
        forgotten = store.forget(now - age)
        while self.max_bytes and store.size_bytes() > self.max_bytes and age > YOUNGEST:
            age = max(age * _SHRINK, YOUNGEST)
            forgotten += store.forget(now - age)
        return forgotten


@contextmanager
def kept_up(
    sweep: SilenceSweep, retention: Retention, lineage: LineageUpkeep, *at_once: Callable[[], None]
) -> Iterator[None]:
    """Within the block, keep lineage every 2 seconds, sweep every 5, and apply retention every 10 minutes.

    What is to be done ``at_once`` is done one time at the beginning, in the background.
    """
    # It tells of every single run, and of each that had to wait for the one before, which is no news.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler = BackgroundScheduler(executors={"default": ThreadPoolExecutor(3)}, timezone="UTC")
    jobs = ((lineage, LINEAGE_SECONDS), (sweep, SWEEP_SECONDS), (retention, RETENTION_SECONDS))
    for job, seconds in jobs:
        scheduler.add_job(_patient(job), "interval", seconds=seconds, coalesce=True, max_instances=1)
    for job in (retention.measure, *at_once):
        scheduler.add_job(_patient(job), "date")
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=True)


def _patient(job: Callable[[], None]) -> Callable[[], None]:
    """The job, which says so and waits for its next time when a store cannot answer."""

    def run() -> None:
        try:
            job()
        except StoreUnavailable as error:
            logger.warning("housekeeping_waits", reason=str(error))

    return run

"""The ``pipeline_*`` metrics, read from run records so that a restart or a killed job loses nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from almenara_platform.clock import Clock, system_clock
from almenara_platform.runs.outcomes import BUCKETS, Outcome
from almenara_platform.store.port import LineageStore

_BOUNDS = (*map(floatToGoString, BUCKETS), "+Inf")


class PipelineCollector(Collector):
    """Asks the lineage store at each scrape; pipelines of one name in several namespaces are added up.

    A pipeline that was not known at ``clock()`` when this was made had no run by then. Its counters say so
    (``_created``), because the first run of a short job ends before the first scrape that could see a 0.
    """

    def __init__(self, store: LineageStore, clock: Clock = system_clock) -> None:
        self._store = store
        self._since = clock().timestamp()
        self._known_before = {outcome.pipeline for outcome in store.outcomes()}

    def describe(self) -> Iterator[Metric]:
        """The names, so that registering does not query the store."""
        yield _runs()
        yield _durations()
        yield _last_success()
        yield _last_failure()

    def collect(self) -> Iterator[Metric]:
        runs, durations = _runs(), _durations()
        for outcome in self._store.outcomes():
            labels = [outcome.pipeline, outcome.outcome.lower()]
            created = None if outcome.pipeline in self._known_before else self._since
            runs.add_metric(labels, outcome.runs, created)
            durations.add_metric(labels, _buckets(outcome), outcome.seconds)
            if created:
                names = dict(zip(("pipeline", "outcome"), labels, strict=True))
                durations.add_sample(f"{durations.name}_created", names, created)
        yield runs
        yield durations
        yield _dated(_last_success(), self._store.last_successes())
        yield _dated(_last_failure(), self._store.last_failures())


def _dated(family: GaugeMetricFamily, times: Mapping[str, datetime]) -> Metric:
    for name, time in times.items():
        family.add_metric([name], time.timestamp())
    return family


def _buckets(outcome: Outcome) -> list[tuple[str, float]]:
    return list(zip(_BOUNDS, map(float, outcome.buckets), strict=True))


def _runs() -> CounterMetricFamily:
    help_text = "Runs that ended; outcome is complete, fail or abort."
    return CounterMetricFamily("pipeline_runs", help_text, labels=["pipeline", "outcome"])


def _durations() -> HistogramMetricFamily:
    help_text = "Duration of a run that ended, with a bucket at each SLO threshold."
    return HistogramMetricFamily("pipeline_run_duration_seconds", help_text, labels=["pipeline", "outcome"])


def _last_success() -> GaugeMetricFamily:
    help_text = "When the last complete run ended, in seconds since the epoch."
    return GaugeMetricFamily("pipeline_last_success_timestamp_seconds", help_text, labels=["pipeline"])


def _last_failure() -> GaugeMetricFamily:
    help_text = "When the last failed or aborted run ended, in seconds since the epoch."
    return GaugeMetricFamily("pipeline_last_failure_timestamp_seconds", help_text, labels=["pipeline"])

"""What failures reach and when runs failed, as metrics for rules and messages."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from almenara_platform.alerts.reach import BlastRadius
from almenara_platform.runs.model import Run, RunState
from almenara_platform.store.port import LineageStore

RECENT = 20
"""How far back the last failure is looked for; an older one is long followed by successes."""


class FailureCollector(Collector):
    """Reads the newest failure of each pipeline and its reach at each scrape."""

    def __init__(self, store: LineageStore, radius: BlastRadius) -> None:
        self._store = store
        self._radius = radius

    def describe(self) -> Iterator[Metric]:
        """The names, so that registering does not query the store."""
        yield _last_failure()
        yield _downstream()

    def collect(self) -> Iterator[Metric]:
        failures, downstream = _last_failure(), _downstream()
        for name, ended in self._last_failures().items():
            failures.add_metric([name], ended)
        for name, reach in self._radius.all().items():
            kinds = {"datasets": reach.datasets, "pipelines": reach.pipelines, "owners": reach.owners}
            for kind, found in kinds.items() if reach.known else ():
                downstream.add_metric([name, kind], len(found))
        yield failures
        yield downstream

    def _last_failures(self) -> dict[str, float]:
        latest: dict[str, float] = {}
        for pipeline in self._store.pipelines(recent=RECENT):
            ended = [run.ended_at.timestamp() for run in pipeline.recent if run.ended_at and _failed(run)]
            if ended:
                latest[pipeline.name] = max(*ended, latest.get(pipeline.name, 0.0))
        return latest


def _failed(run: Run) -> bool:
    return run.state in (RunState.FAIL, RunState.ABORT)


def _last_failure() -> GaugeMetricFamily:
    help_text = "When the last failed or aborted run ended, in seconds since the epoch."
    return GaugeMetricFamily("pipeline_last_failure_timestamp_seconds", help_text, labels=["pipeline"])


def _downstream() -> GaugeMetricFamily:
    help_text = "What a pipeline's failure reaches; kind is datasets, pipelines or owners."
    return GaugeMetricFamily("pipeline_downstream", help_text, labels=["pipeline", "kind"])

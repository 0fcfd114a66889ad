"""What failures reach, as a metric for the texts of messages."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from almenara_platform.alerts.reach import BlastRadius


class ReachCollector(Collector):
    """Asks for the reach of every pipeline at each scrape."""

    def __init__(self, radius: BlastRadius) -> None:
        self._radius = radius

    def describe(self) -> Iterator[Metric]:
        """The name, so that registering does not query the store."""
        yield _downstream()

    def collect(self) -> Iterator[Metric]:
        family = _downstream()
        for name, reach in self._radius.all().items():
            kinds = {"datasets": reach.datasets, "pipelines": reach.pipelines, "owners": reach.owners}
            for kind, found in kinds.items() if reach.known else ():
                family.add_metric([name, kind], len(found))
        yield family


def _downstream() -> GaugeMetricFamily:
    help_text = "What a pipeline's failure reaches; kind is datasets, pipelines or owners."
    return GaugeMetricFamily("pipeline_downstream", help_text, labels=["pipeline", "kind"])

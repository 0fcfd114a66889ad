"""What the outbox tells Prometheus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from almenara_platform.clock import Clock
from almenara_platform.outbox.port import Outbox


class OutboxMetrics:
    """Counters in ``registry``; each of ``destinations`` starts at 0."""

    def __init__(self, registry: CollectorRegistry, destinations: Sequence[str]) -> None:
        self._sent, self._failed, self._refused = (
            Counter(f"almenara_outbox_{name}", help_text, ["destination"], registry=registry)
            for name, help_text in (
                ("sent", "Lineage events that a destination has taken."),
                ("failures", "Deliveries of a lineage event that failed and are tried again."),
                ("refused", "Lineage events that became dead letters."),
            )
        )
        for name in destinations:
            for counter in (self._sent, self._failed, self._refused):
                counter.labels(name)

    def sent(self, destination: str) -> None:
        """Count a delivery."""
        self._sent.labels(destination).inc()

    def failed(self, destination: str) -> None:
        """Count a delivery that is tried again."""
        self._failed.labels(destination).inc()

    def refused(self, destination: str) -> None:
        """Count a dead letter."""
        self._refused.labels(destination).inc()


class BacklogCollector(Collector):
    """Asks the outbox at each scrape."""

    def __init__(self, outbox: Outbox, destinations: Sequence[str], clock: Clock) -> None:
        self._outbox = outbox
        self._destinations = destinations
        self._clock = clock

    def describe(self) -> Iterator[Metric]:
        """The names, so that registering does not query the store."""
        return iter(_families())

    def collect(self) -> Iterator[Metric]:
        pending, age, dead = families = _families()
        for name in self._destinations:
            backlog = self._outbox.backlog(name)
            waited = self._clock() - backlog.oldest_at if backlog.oldest_at else None
            pending.add_metric([name], backlog.pending)
            age.add_metric([name], max(waited.total_seconds(), 0.0) if waited else 0.0)
            dead.add_metric([name], backlog.dead)
        return iter(families)


def _families() -> tuple[GaugeMetricFamily, GaugeMetricFamily, GaugeMetricFamily]:
    labels = ["destination"]
    return (
        GaugeMetricFamily(
            "almenara_outbox_pending", "Lineage events that wait to be forwarded.", labels=labels
        ),
        GaugeMetricFamily(
            "almenara_outbox_oldest_age_seconds",
            "How long the oldest waiting lineage event has waited.",
            labels=labels,
        ),
        GaugeMetricFamily(
            "almenara_outbox_dead_letters", "Lineage events that were refused for good.", labels=labels
        ),
    )

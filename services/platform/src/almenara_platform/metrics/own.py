"""What the platform counts of itself."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

SIGNALS = ("spans", "logs", "lineage")
STORES = (*SIGNALS, "alerts")


class OwnMetrics:
    """Counters of the platform in ``registry``; each known child starts at 0."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._accepted = Counter(
            "almenara_platform_signals_accepted",
            "Spans, logs and lineage events that were stored; signal is spans, logs or lineage.",
            ["signal"],
            registry=registry,
        )
        self._rejected = Counter(
            "almenara_platform_signals_rejected",
            "Spans, logs and lineage events that were refused for their own fault.",
            ["signal"],
            registry=registry,
        )
        self._forgotten = Counter(
            "almenara_platform_forgotten",
            "Runs, spans, logs and alerts that retention removed.",
            ["signal"],
            registry=registry,
        )
        self._size = Gauge(
            "almenara_platform_store_size_bytes",
            "Bytes that the store of a signal takes up.",
            ["signal"],
            registry=registry,
        )
        for signal in SIGNALS:
            for counter in (self._accepted, self._rejected):
                counter.labels(signal)
        for signal in STORES:
            self._forgotten.labels(signal)

    def accepted(self, signal: str, count: int) -> None:
        """Count stored signals."""
        self._accepted.labels(signal).inc(count)

    def rejected(self, signal: str, count: int) -> None:
        """Count refused signals."""
        self._rejected.labels(signal).inc(count)

    def forgotten(self, signal: str, count: int) -> None:
        """Count what retention removed."""
        self._forgotten.labels(signal).inc(count)

    def store_size(self, signal: str, size_bytes: int) -> None:
        """Remember the size of a store."""
        self._size.labels(signal).set(size_bytes)

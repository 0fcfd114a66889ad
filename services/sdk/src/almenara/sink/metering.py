"""What becomes of signals, as metrics."""

from __future__ import annotations

from pathlib import Path

from almenara.metrics.registry import Metrics
from almenara.spool.segments import unsent_bytes


class MetricsMeter:
    """Counts in the process's metrics; see config/telemetry.yaml for their names."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def sent(self, signal: str, items: int) -> None:
        """Add to almenara_signals_sent_total."""
        self._metrics.signals_sent.labels(signal).inc(items)

    def failed(self, signal: str) -> None:
        """Add to almenara_send_failures_total."""
        self._metrics.send_failures.labels(signal).inc()

    def dropped(self, signal: str, reason: str, items: int) -> None:
        """Add to almenara_signals_dropped_total."""
        self._metrics.signals_dropped.labels(signal, reason).inc(items)


def spool_bytes(root: Path) -> float:
    """Bytes below `root` that are not delivered yet, whoever wrote them."""
    return float(sum(unsent_bytes(folder) for folder in root.glob("*/*") if folder.is_dir()))

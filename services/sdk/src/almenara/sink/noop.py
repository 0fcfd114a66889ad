"""A sink for processes that send nothing."""

from __future__ import annotations

from collections.abc import Sequence

from openlineage.client.event_v2 import RunEvent
from opentelemetry.sdk.trace import ReadableSpan

from almenara.sink.port import LogEntry


class NoopSink:
    """Takes everything and keeps nothing."""

    def spans(self, spans: Sequence[ReadableSpan]) -> None:
        """Forget them."""

    def logs(self, entries: Sequence[LogEntry]) -> None:
        """Forget them."""

    def lineage(self, event: RunEvent) -> None:
        """Forget it."""

    def flush(self, timeout_seconds: float) -> bool:
        """Nothing waits, so everything is delivered."""
        return True

    def close(self, timeout_seconds: float) -> None:
        """Nothing to give back."""

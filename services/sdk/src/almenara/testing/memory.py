"""A sink that keeps everything in memory."""

from __future__ import annotations

from collections.abc import Sequence

from openlineage.client.event_v2 import RunEvent
from opentelemetry.sdk.trace import ReadableSpan

from almenara.sink.port import LogEntry


class MemorySink:
    """Keeps what it is given, in ``kept_spans``, ``kept_logs`` and ``kept_events``, oldest first."""

    def __init__(self) -> None:
        self.kept_spans: list[ReadableSpan] = []
        self.kept_logs: list[LogEntry] = []
        self.kept_events: list[RunEvent] = []
        self.closed = False

    def spans(self, spans: Sequence[ReadableSpan]) -> None:
        """Keep them."""
        self.kept_spans.extend(spans)

    def logs(self, entries: Sequence[LogEntry]) -> None:
        """Keep them."""
        self.kept_logs.extend(entries)

    def lineage(self, event: RunEvent) -> None:
        """Keep it."""
        self.kept_events.append(event)

    def flush(self, timeout_seconds: float) -> bool:
        """Everything is where it belongs."""
        return True

    def close(self, timeout_seconds: float) -> None:
        """Keep what is there."""
        self.closed = True

"""A sink that can be shut for a while."""

from __future__ import annotations

from collections.abc import Sequence

from openlineage.client.event_v2 import RunEvent
from opentelemetry.sdk.trace import ReadableSpan

from almenara.sink.port import LogEntry, Sink


class Gate:
    """Hands everything on while it is ``open``, and forgets it otherwise."""

    def __init__(self, sink: Sink) -> None:
        self.open = True
        self._sink = sink

    def spans(self, spans: Sequence[ReadableSpan]) -> None:
        """Hand them on."""
        if self.open:
            self._sink.spans(spans)

    def logs(self, entries: Sequence[LogEntry]) -> None:
        """Hand them on."""
        if self.open:
            self._sink.logs(entries)

    def lineage(self, event: RunEvent) -> None:
        """Hand it on."""
        if self.open:
            self._sink.lineage(event)

    def flush(self, timeout_seconds: float) -> bool:
        """Flush what was handed on."""
        return self._sink.flush(timeout_seconds)

    def close(self, timeout_seconds: float) -> None:
        """Close the sink."""
        self._sink.close(timeout_seconds)

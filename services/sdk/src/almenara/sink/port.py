"""The port through which spans, log entries and lineage events leave the process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from openlineage.client.event_v2 import RunEvent
from opentelemetry.sdk.trace import ReadableSpan


@dataclass(slots=True)
class LogEntry:
    """One log line as it is handed to a sink.

    `time_ns` is UTC in nanoseconds since the epoch, `level` a loguru level name, `trace_id` 32 and
    `span_id` 16 lower-case hex digits, "" where there is none. `fields` must not be changed afterwards:
    a sink serialises it later, in another thread.
    """

    time_ns: int
    level: str
    message: str
    service: str = ""
    pipeline: str = ""
    stage: str = ""
    run_id: str = ""
    trace_id: str = ""
    span_id: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)


@runtime_checkable
class Sink(Protocol):
    """Takes the signals of this process.

    No method raises, and `spans`, `logs` and `lineage` neither wait for a disk or a network nor serialise:
    they cost the caller an append to a bounded queue. What does not fit is dropped, counted and told once.
    """

    def spans(self, spans: Sequence[ReadableSpan]) -> None:
        """Take finished spans."""

    def logs(self, entries: Sequence[LogEntry]) -> None:
        """Take log lines."""

    def lineage(self, event: RunEvent) -> None:
        """Take one OpenLineage event; the events of a run keep their order. It must not be changed later."""

    def flush(self, timeout_seconds: float) -> bool:
        """Wait until all that this sink took so far is delivered; False when the time was not enough.

        What earlier processes left is not waited for.
        """

    def close(self, timeout_seconds: float) -> None:
        """Flush for at most `timeout_seconds`, keep the rest for the next process, and take no more."""

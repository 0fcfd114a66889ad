"""The port of the trace store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from almenara_platform.page import Page
from almenara_platform.traces.model import Span, Trace, TraceSummary
from almenara_platform.traces.rows import SpanBatch


@dataclass(frozen=True, slots=True)
class TraceQuery:
    """Which traces to find, newest first; a trace matches when one of its spans meets every condition.

    Durations are in seconds and are those of the matching span. ``attributes`` are compared as text.
    ``database`` asks for a call to a database: a span with ``db.system.name`` or, of older emitters,
    ``db.system``.
    """

    service: str | None = None
    operation: str | None = None
    error: bool | None = None
    min_duration: float | None = None
    max_duration: float | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    database: bool = False
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 20
    cursor: str | None = None


class TraceStore(Protocol):
    """Finds traces. Methods may be called from any thread and raise ``StoreUnavailable``."""

    def trace(self, trace_id: str) -> Trace | None:
        """The trace with all its known spans, or None."""

    def outline(self, trace_id: str) -> Trace | None:
        """As ``trace``, with all that its critical path is found from.

        A store may leave out the attributes of spans other than CONSUMER spans where that saves time.
        """

    def find(self, query: TraceQuery) -> Page[TraceSummary]:
        """Traces that match, newest first."""

    def services(self) -> Sequence[str]:
        """Names of the services that sent spans, sorted."""

    def ping(self) -> None:
        """Raise ``StoreUnavailable`` unless the store can answer."""

    def close(self) -> None:
        """Release connections and files."""


class WritableTraceStore(TraceStore, Protocol):
    """A trace store that the platform itself fills (a backend such as Jaeger is filled by the Collector)."""

    def add(self, spans: Sequence[Span]) -> None:
        """Keep spans durably; a span that comes twice is kept once.

        Two that share an id and start at different times are two spans of a damaged trace.
        """

    def add_batches(self, batches: Sequence[SpanBatch]) -> None:
        """As ``add``, for spans that are rows already."""

    def forget(self, before: datetime) -> int:
        """Remove traces whose last span ended before this time; returns how many spans went."""

    def size_bytes(self) -> int:
        """Bytes that the stored data takes up."""

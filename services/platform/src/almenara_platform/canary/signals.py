"""The four round trips: in by the entries that services use, out of the stores that the console reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
from prometheus_client import Gauge

from almenara_platform.canary.names import NAME, NAMESPACE, SERVICE
from almenara_platform.clock import from_nanos
from almenara_platform.logs.port import LogQuery, LogStore
from almenara_platform.page import every
from almenara_platform.promql.port import PrometheusApi
from almenara_platform.runs.model import Dataset
from almenara_platform.store.port import LineageStore
from almenara_platform.traces.port import TraceStore

PRODUCER = "https://github.com/almenara/almenara"
_RESOURCE = {"attributes": [{"key": "service.name", "value": {"stringValue": SERVICE}}]}


def _attribute(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


class LogTrip:
    """A log record through OTLP."""

    signal = "log"

    def __init__(self, entry: httpx.Client, store: LogStore) -> None:
        self._entry = entry
        self._store = store

    def write(self, mark: str, time_ns: int) -> None:
        """Send it."""
        record = {
            "timeUnixNano": str(time_ns),
            "severityText": "DEBUG",
            "severityNumber": 5,
            "body": {"stringValue": "canary"},
            "traceId": mark,
            "spanId": mark[:16],
        }
        body = {"resourceLogs": [{"resource": _RESOURCE, "scopeLogs": [{"logRecords": [record]}]}]}
        self._entry.post("/v1/logs", json=body).raise_for_status()

    def arrived(self, mark: str, time_ns: int) -> bool:
        """Found by its trace id."""
        return bool(self._store.find(LogQuery(trace_id=mark, limit=1)).items)


class TraceTrip:
    """A span through OTLP."""

    signal = "trace"

    def __init__(self, entry: httpx.Client, store: TraceStore) -> None:
        self._entry = entry
        self._store = store

    def write(self, mark: str, time_ns: int) -> None:
        """Send it."""
        span = {
            "traceId": mark,
            "spanId": mark[:16],
            "name": "canary",
            "kind": 1,
            "startTimeUnixNano": str(time_ns),
            "endTimeUnixNano": str(time_ns + 1_000_000),
            # Tail sampling keeps every trace with a run, and this one must not be left to chance.
            "attributes": [_attribute("openlineage.run_id", mark)],
        }
        body = {"resourceSpans": [{"resource": _RESOURCE, "scopeSpans": [{"spans": [span]}]}]}
        self._entry.post("/v1/traces", json=body).raise_for_status()

    def arrived(self, mark: str, time_ns: int) -> bool:
        """Found by its trace id."""
        return self._store.trace(mark) is not None


class LineageTrip:
    """A DatasetEvent through the OpenLineage API; one dataset, so that no list fills up."""

    signal = "lineage"

    def __init__(self, entry: httpx.Client, store: LineageStore) -> None:
        self._entry = entry
        self._store = store

    def write(self, mark: str, time_ns: int) -> None:
        """Send it."""
        event = {
            "eventTime": from_nanos(time_ns).isoformat(),
            "producer": PRODUCER,
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent",
            "dataset": {"namespace": NAMESPACE, "name": NAME, "facets": {}},
        }
        self._entry.post("/api/v1/lineage", json=event).raise_for_status()

    def arrived(self, mark: str, time_ns: int) -> bool:
        """The dataset was last seen no earlier than this event."""
        sent: datetime = from_nanos(time_ns)
        datasets = every(lambda cursor: self._store.datasets(limit=1000, cursor=cursor))
        return any(found.last_seen >= sent for found in datasets if _is_canary(found))


def _is_canary(dataset: Dataset) -> bool:
    return (dataset.namespace, dataset.name) == (NAMESPACE, NAME)


class MetricTrip:
    """A gauge of this process, through Prometheus."""

    signal = "metric"

    def __init__(self, beat: Gauge, prometheus: PrometheusApi, clock: Callable[[], datetime]) -> None:
        self._beat = beat
        self._prometheus = prometheus
        self._clock = clock

    def write(self, mark: str, time_ns: int) -> None:
        """Show the time of this beat at the next scrape."""
        self._beat.set(time_ns / 1e9)

    def arrived(self, mark: str, time_ns: int) -> bool:
        """Prometheus knows this beat or a later one."""
        samples = self._prometheus.instant("max(almenara_canary_beat_timestamp_seconds)", self._clock())
        # A millisecond of tolerance for the text format's float.
        return any(sample.value >= time_ns / 1e9 - 0.001 for sample in samples)

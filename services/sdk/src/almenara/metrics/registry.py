"""The metrics of one process, in a registry of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    Summary,
)
from prometheus_client.metrics import MetricWrapperBase

from almenara.metrics import catalog
from almenara.metrics.batch import BatchHistogram
from almenara.metrics.catalog import MetricSpec
from almenara.metrics.gauge import AskingGauge
from almenara.metrics.labels import BoundedFamily

MetricT = TypeVar("MetricT", bound=MetricWrapperBase)
Warn = Callable[[str], None]
OWN_PREFIX = "almenara_"
OWN_LIMIT = 100


class Metrics:
    """Every metric of the catalog; ``labels(...)`` of each gives a cached child that starts at 0.

    ``warn`` gets one sentence the first time that a label has more than ``max_label_values`` values, in
    whichever metric that is.
    ``target`` are the labels of ``target_info``, by which queries join metrics with where the process runs.
    """

    def __init__(self, max_label_values: int, warn: Warn, target: Mapping[str, str] | None = None) -> None:
        self.registry = CollectorRegistry(target_info=dict(target) if target else None)
        self._max_label_values = max_label_values
        self._warn = warn
        self._warned: set[str] = set()
        self._overflows = _build(Counter, catalog.LABEL_OVERFLOW, self.registry)
        self.events_processed = self._family(Counter, catalog.EVENTS_PROCESSED)
        self.errors = self._family(Counter, catalog.ERRORS)
        self.active_jobs = self._family(Gauge, catalog.ACTIVE_JOBS)
        self.queue_size = self._family(AskingGauge, catalog.QUEUE_SIZE)
        self.processing_duration = self._family(Histogram, catalog.PROCESSING_DURATION)
        self.record_size = self._family(BatchHistogram, catalog.RECORD_SIZE)
        self.processing_time = self._family(Summary, catalog.PROCESSING_TIME)
        self.quality_score = self._family(Gauge, catalog.QUALITY_SCORE)
        self.null_percentage = self._family(Gauge, catalog.NULL_PERCENTAGE)
        self.optional_nulls = self._family(Gauge, catalog.OPTIONAL_NULLS)
        self.duplicate_count = self._family(Gauge, catalog.DUPLICATE_COUNT)
        self.http_duration = self._family(Histogram, catalog.HTTP_DURATION)
        self.http_active = self._family(Gauge, catalog.HTTP_ACTIVE)
        self.signals_sent = self._family(Counter, catalog.SIGNALS_SENT)
        self.signals_dropped = self._family(Counter, catalog.SIGNALS_DROPPED)
        self.send_failures = self._family(Counter, catalog.SEND_FAILURES)
        self.telemetry_errors = self._family(Counter, catalog.TELEMETRY_ERRORS)
        self.spool_size = _build(AskingGauge, catalog.SPOOL_SIZE, self.registry)
        self._start_known_children()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)

    def _family(self, kind: type[MetricT], spec: MetricSpec) -> BoundedFamily[MetricT]:
        metric = _build(kind, spec, self.registry)
        limit = OWN_LIMIT if spec.name.startswith(OWN_PREFIX) else self._max_label_values
        return BoundedFamily(metric, spec.name, spec.labels, limit, self._overflowed)

    def _start_known_children(self) -> None:
        for signal in ("spans", "logs", "lineage"):
            self.signals_sent.labels(signal)
            self.send_failures.labels(signal)

    def _overflowed(self, metric: str, label: str, value: str, limit: int) -> None:
        self._overflows.labels(metric, label).inc()
        if label not in self._warned:
            self._warned.add(label)
            self._warn(
                f"label {label} has more than {limit} values; {value[:100]!r} and all further ones are "
                f"counted as 'other' in {metric} and every other metric with this label "
                f"(ALMENARA_MAX_LABEL_VALUES)"
            )


def _build(kind: type[MetricT], spec: MetricSpec, registry: CollectorRegistry) -> MetricT:
    options: dict[str, Any] = {"buckets": spec.buckets} if spec.buckets else {}
    return kind(spec.name, spec.help, spec.labels, unit=spec.unit, registry=registry, **options)

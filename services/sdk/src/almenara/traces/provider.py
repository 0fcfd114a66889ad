"""The OpenTelemetry provider of one process."""

from __future__ import annotations

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider

from almenara.masking import Masking
from almenara.metrics.registry import Metrics
from almenara.settings import Settings
from almenara.sink.port import Sink
from almenara.traces.failed import FailedTracesProcessor
from almenara.traces.processor import SinkProcessor, StampingProcessor
from almenara.traces.sampling import ERRORS_ALWAYS, build_sampler
from almenara.traces.trace_ids import RequestableTraceIds
from almenara.traces.warnings import warn_of_bounds_once


def build_provider(
    settings: Settings, resource: Resource, sink: Sink, masking: Masking, metrics: Metrics
) -> TracerProvider:
    """A provider whose spans are stamped, bounded, sampled as the settings say, and end in ``sink``."""
    warn_of_bounds_once()
    provider = TracerProvider(
        sampler=build_sampler(settings.traces_sampler, settings.traces_sampler_arg),
        resource=resource,
        shutdown_on_exit=False,
        span_limits=_limits(settings),
        id_generator=RequestableTraceIds(),
    )
    provider.add_span_processor(StampingProcessor(settings.baggage_keys))
    provider.add_span_processor(SinkProcessor(sink, masking))
    if settings.traces_sampler == ERRORS_ALWAYS:
        unsampled = metrics.signals_dropped.labels("spans", "unsampled_bounds")
        provider.add_span_processor(FailedTracesProcessor(sink, masking, unsampled.inc))
    return provider


def _limits(settings: Settings) -> SpanLimits:
    return SpanLimits(
        max_attribute_length=settings.max_stack_length,
        max_span_attribute_length=settings.max_attribute_length,
    )

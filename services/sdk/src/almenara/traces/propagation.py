"""The trace context as a plain dict, for queues and task arguments that have no headers."""

from __future__ import annotations

from collections.abc import Mapping

from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import Context
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

PROPAGATOR = CompositePropagator([TraceContextTextMapPropagator(), W3CBaggagePropagator()])


def carrier(context: Context | None = None) -> dict[str, str]:
    """``context`` (default: the current one) as ``{"traceparent", "tracestate", "baggage"}``, W3C format."""
    headers: dict[str, str] = {}
    PROPAGATOR.inject(headers, context)
    return headers


def context_from(headers: Mapping[str, str]) -> Context:
    """The context that ``headers`` carry, empty when they carry none or nonsense."""
    return PROPAGATOR.extract(headers, Context())

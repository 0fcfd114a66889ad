"""OpenTelemetry's global provider, for spans that other libraries and the job itself make."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import ProxyTracerProvider, Span, Tracer, TracerProvider

Current = Callable[[], TracerProvider]


class CurrentTracerProvider(TracerProvider):
    """Always the provider of the present configuration: the global one can be set only once."""

    def __init__(self, current: Current) -> None:
        self._current = current

    def get_tracer(self, *args: Any, **kwargs: Any) -> Tracer:
        """A tracer that follows the configuration."""
        return _CurrentTracer(self._current, args, kwargs)


class _CurrentTracer(Tracer):
    def __init__(self, current: Current, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._current = current
        self._args = args
        self._kwargs = kwargs
        self._seen: tuple[TracerProvider, Tracer] | None = None

    def _tracer(self) -> Tracer:
        provider, seen = self._current(), self._seen
        if seen is None or seen[0] is not provider:
            seen = self._seen = (provider, provider.get_tracer(*self._args, **self._kwargs))
        return seen[1]

    def start_span(self, *args: Any, **kwargs: Any) -> Span:
        return self._tracer().start_span(*args, **kwargs)

    def start_as_current_span(self, *args: Any, **kwargs: Any) -> AbstractContextManager[Span]:  # type: ignore[override]
        return self._tracer().start_as_current_span(*args, **kwargs)


def install_global_provider(current: Current) -> None:
    """Become the global provider, unless the job has set one of its own."""
    if isinstance(trace.get_tracer_provider(), ProxyTracerProvider):
        trace.set_tracer_provider(CurrentTracerProvider(current))

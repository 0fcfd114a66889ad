"""Libraries that are traced without a line of code."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

from opentelemetry.trace import TracerProvider

from almenara.guard import guarded

INSTRUMENTORS = {
    "httpx": ("opentelemetry.instrumentation.httpx", "HTTPXClientInstrumentor"),
    "requests": ("opentelemetry.instrumentation.requests", "RequestsInstrumentor"),
    "sqlalchemy": ("opentelemetry.instrumentation.sqlalchemy", "SQLAlchemyInstrumentor"),
}


class AutoInstrumentation:
    """Instruments each of ``libraries`` that is installed together with its opentelemetry instrumentation."""

    def __init__(self, libraries: Iterable[str], provider: TracerProvider) -> None:
        self._active: list[Any] = []
        for library in libraries:
            self._instrument(library, provider)

    @guarded("instrumentation")
    def _instrument(self, library: str, provider: TracerProvider) -> None:
        module, name = INSTRUMENTORS.get(library, ("", ""))
        if not module or find_spec(library) is None or not _is_installed(module):
            return
        instrumentor = getattr(importlib.import_module(module), name)()
        if not instrumentor.is_instrumented_by_opentelemetry:
            # the version ranges that instrumentations declare lag behind the libraries
            instrumentor.instrument(tracer_provider=provider, skip_dep_check=True)
            self._active.append(instrumentor)

    def remove(self) -> None:
        """Undo it."""
        for instrumentor in self._active:
            _uninstrument(instrumentor)
        self._active.clear()


@guarded("instrumentation")
def _uninstrument(instrumentor: Any) -> None:
    instrumentor.uninstrument()


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False

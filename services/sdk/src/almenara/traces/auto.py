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
    "threading": ("opentelemetry.instrumentation.threading", "ThreadingInstrumentor"),
}
"""Each with its instrumentation; that of threads makes no spans, it carries run, stage and span into them."""


class AutoInstrumentation:
    """Instruments each of ``libraries`` whose opentelemetry instrumentation is installed.

    A library is instrumented when the job imports it, so that one it does not use costs nothing.
    """

    def __init__(self, libraries: Iterable[str], provider: TracerProvider) -> None:
        self._provider = provider
        self._active: list[Any] = []
        self._removed = False
        for library in libraries:
            self._prepare(library)

    def remove(self) -> None:
        """Undo it."""
        self._removed = True
        for instrumentor in self._active:
            _uninstrument(instrumentor)
        self._active.clear()

    @guarded("instrumentation")
    def _prepare(self, library: str) -> None:
        module, _ = INSTRUMENTORS.get(library, ("", ""))
        if not module or not _is_installed(module):
            return
        import wrapt  # comes with every opentelemetry instrumentation

        wrapt.register_post_import_hook(lambda _: self._instrument(library), library)

    @guarded("instrumentation")
    def _instrument(self, library: str) -> None:
        if self._removed:
            return
        module, name = INSTRUMENTORS[library]
        instrumentor = getattr(importlib.import_module(module), name)()
        if not instrumentor.is_instrumented_by_opentelemetry:
            # the version ranges that instrumentations declare lag behind the libraries
            instrumentor.instrument(tracer_provider=self._provider, skip_dep_check=True)
            self._active.append(instrumentor)
            if library == "sqlalchemy":
                self._active.append(_unseen_engines(self._provider))


def _unseen_engines(provider: TracerProvider) -> Any:
    from almenara.traces.engines import UnseenEngines  # not every job has SQLAlchemy

    return UnseenEngines(provider)


@guarded("instrumentation")
def _uninstrument(instrumentor: Any) -> None:
    instrumentor.uninstrument()


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False

"""SQLAlchemy engines that opentelemetry's instrumentation has not seen being made."""

from __future__ import annotations

from typing import Any

from opentelemetry.instrumentation.sqlalchemy import engine as instrumentation
from opentelemetry.metrics import NoOpMeter
from opentelemetry.trace import TracerProvider
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine


class UnseenEngines:
    """Traces an engine from its next connection on.

    The instrumentation replaces ``create_engine``, which is too late for a module that has imported the name
    before, and for engines that exist already.
    """

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer(instrumentation.__name__)
        self._connections = NoOpMeter("almenara").create_up_down_counter("db.client.connections.usage")
        event.listen(Engine, "engine_connect", self._trace)

    def uninstrument(self) -> None:
        """Look at no more engines; the instrumentation itself lets go of those that are traced."""
        event.remove(Engine, "engine_connect", self._trace)

    def _trace(self, connection: Connection) -> None:
        engine: Any = connection.engine
        while hasattr(engine, "_proxied"):  # made by execution_options() of another engine
            engine = engine._proxied
        if not event.contains(engine, "handle_error", instrumentation._handle_error):
            instrumentation.EngineTracer(self._tracer, engine, self._connections)  # type: ignore[no-untyped-call]

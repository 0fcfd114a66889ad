"""The platform's own signals: its log, its metrics, and its spans in its own trace store or a Collector."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from opentelemetry.sdk.trace import ReadableSpan

import almenara.fastapi
from almenara import runtime
from almenara.runtime import Telemetry
from almenara.settings import SECTION, TABLE, load
from almenara.sink.otlp_encoding import encode_span_batch
from almenara.sink.port import LogEntry
from almenara_platform.exceptions import AlmenaraPlatformError
from almenara_platform.gateway.intake import Intake
from almenara_platform.gateway.otlp import PROTOBUF, Encoding

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent

SERVICE = "almenara-platform"
INTAKE_PATHS = ("/v1/traces", "/v1/logs", "/api/v1/lineage")
HEALTH_PATHS = ("/healthz", "/readyz")
_MOST_WAITING = 2048
_AT_ONCE = 512
_EXIT_SECONDS = 2.0
_SERVER_LOGGER = "uvicorn.error"


class Observation:
    """The log of this process from now on, and its metrics and spans once there is an application.

    Where ALMENARA_OTLP_ENDPOINT names a Collector, spans and log lines go there, else the spans to the
    platform's own intake.
    """

    def __init__(self) -> None:
        settings = load(TABLE, runtime=_own_settings(), section=SECTION)
        self._own_sink = IntakeSink()
        sink = None if settings.otlp_endpoint else self._own_sink
        self._telemetry = runtime.use(Telemetry(settings, sink=sink))
        logging.getLogger(_SERVER_LOGGER).addFilter(_is_no_visit)

    def attach(self, app: FastAPI) -> None:
        """Give each request of the application its trace id.

        A request is recorded as a span only when it is part of a caller's trace, and the intake never is:
        what comes in must not make more come in.
        """
        self._own_sink.start(app.state.intake)
        app.state.exit_stack.callback(self._own_sink.close, _EXIT_SECONDS)
        app.state.exit_stack.callback(runtime.shutdown, _EXIT_SECONDS)
        app.state.registry.register(self._telemetry.metrics.registry)
        almenara.fastapi.instrument(app, quiet_paths=(*HEALTH_PATHS, *INTAKE_PATHS), access_log=False)


def _is_no_visit(record: logging.LogRecord) -> bool:
    """Whether a line of the server tells more than that a page came or went.

    Each page keeps a WebSocket, and ``access_log=False`` does not silence those: under a Collector they
    would stand among the lines of the pipelines.
    """
    said = str(record.msg)
    return record.levelno >= logging.WARNING or not ('"WebSocket ' in said or said.startswith("connection "))


def _own_settings() -> dict[str, Any]:
    return {"service": SERVICE, "traces_sampler": "parentbased_always_off", "auto_instrument": ()}


class IntakeSink:
    """A sink that hands the spans of this process to its own intake, in a thread of its own.

    Log lines are on stdout, and there is no lineage.
    """

    def __init__(self) -> None:
        self._waiting: Queue[ReadableSpan] = Queue(_MOST_WAITING)
        self._closed = Event()
        self._thread = Thread(name="own-spans", daemon=True)

    def start(self, intake: Intake) -> None:
        """Store what waits and what comes in this intake."""
        self._thread = Thread(target=self._work, args=(intake,), name="own-spans", daemon=True)
        self._thread.start()

    def spans(self, spans: Sequence[ReadableSpan]) -> None:
        """Queue them; what does not fit is dropped."""
        for span in spans:
            try:
                self._waiting.put_nowait(span)
            except Full:
                return

    def logs(self, entries: Sequence[LogEntry]) -> None:
        """Forget them."""

    def lineage(self, event: RunEvent) -> None:
        """Forget it."""

    def flush(self, timeout_seconds: float) -> bool:
        """Wait until the queue is empty."""
        deadline = Event()
        while self._waiting.unfinished_tasks and timeout_seconds > 0:
            deadline.wait(0.01)
            timeout_seconds -= 0.01
        return not self._waiting.unfinished_tasks

    def close(self, timeout_seconds: float) -> None:
        """Store what waits, and take no more."""
        self.flush(timeout_seconds)
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)

    def _work(self, intake: Intake) -> None:
        while not self._closed.is_set():
            spans = self._next()
            if spans:
                _store(intake, spans)
                for _ in spans:
                    self._waiting.task_done()

    def _next(self) -> list[ReadableSpan]:
        spans: list[ReadableSpan] = []
        with suppress(Empty):
            spans.append(self._waiting.get(timeout=0.2))
            while len(spans) < _AT_ONCE:
                spans.append(self._waiting.get_nowait())
        return spans


def _store(intake: Intake, spans: Sequence[ReadableSpan]) -> None:
    bodies, _ = encode_span_batch(spans)
    for body, _ in bodies:
        try:
            intake.spans(body, Encoding(PROTOBUF))
        except AlmenaraPlatformError:
            return

"""The ASGI middleware that gives each request its trace, span, metrics and log line."""

from __future__ import annotations

from collections.abc import Collection

from opentelemetry import context as otel
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from almenara.fastapi.correlation import correlate
from almenara.fastapi.exchange import Exchange
from almenara.guard import guarded
from almenara.runtime import Telemetry, current
from almenara.spool.lifecycle import settle_all
from almenara.traces.trace_ids import requested_trace_id

NATIVE_TELEMETRY = "fastapi.telemetry"
TRACE_HEADER = b"x-trace-id"


class CorrelationMiddleware:
    """Wraps an ASGI application; `quiet_paths` get their X-Trace-Id and nothing else."""

    def __init__(self, app: ASGIApp, quiet_paths: Collection[str] = (), access_log: bool = True) -> None:
        self._app = app
        self._quiet_paths = frozenset(quiet_paths)
        self._access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._app(scope, receive, _settling(send))
        else:
            await self._app(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        telemetry = current()
        quiet = scope["path"] in self._quiet_paths
        exchange = Exchange(scope)
        # keeps FastAPI applications that are mounted in this one from making a SERVER span of their own
        scope.setdefault(NATIVE_TELEMETRY, None)
        span, context = _start(telemetry, exchange, scope, quiet)
        trace_id = format(span.get_span_context().trace_id, "032x").encode()

        async def send_with_id(message: Message) -> None:
            exchange.see(message)
            if message["type"] == "http.response.start":
                headers = [pair for pair in message.get("headers", ()) if pair[0].lower() != TRACE_HEADER]
                message = {**message, "headers": [*headers, (TRACE_HEADER, trace_id)]}
            await send(message)

        request = _Request(telemetry, exchange, span, quiet, self._access_log)
        token = otel.attach(context)
        try:
            await self._app(scope, receive, send_with_id)
        except BaseException as error:
            exchange.fail(error)
            request.end(error)
            raise
        else:
            request.end(None)
        finally:
            otel.detach(token)


def _settling(send: Send) -> Send:
    """`send` for a lifespan, after whose end nothing more is sure to run in this process."""

    async def settle_and_send(message: Message) -> None:
        if message["type"].startswith("lifespan.shutdown."):
            await run_in_threadpool(settle_all)
        await send(message)

    return settle_and_send


class _Request:
    """The signals of one request."""

    def __init__(
        self, telemetry: Telemetry, exchange: Exchange, span: Span, quiet: bool, access_log: bool
    ) -> None:
        self._telemetry = telemetry
        self._exchange = exchange
        self._span = span
        self._quiet = quiet
        self._access_log = access_log
        self._started = telemetry.clock.monotonic()
        if not quiet:
            telemetry.metrics.http_active.labels(exchange.method).inc()

    @guarded("fastapi")
    def end(self, error: BaseException | None) -> None:
        """Finish them; `error` is what the application raised."""
        if self._quiet:
            return
        seconds = self._telemetry.clock.monotonic() - self._started
        self._measure(seconds)
        if self._access_log:
            self._log(seconds)
        self._end_span(error)

    def _measure(self, seconds: float) -> None:
        exchange, context = self._exchange, self._span.get_span_context()
        self._telemetry.metrics.http_active.labels(exchange.method).dec()
        duration = self._telemetry.metrics.http_duration.labels(
            exchange.method, exchange.route_label, str(exchange.status)
        )
        exemplar = {"trace_id": format(context.trace_id, "032x")} if context.trace_flags.sampled else None
        duration.observe(seconds, exemplar)

    def _log(self, seconds: float) -> None:
        level = "ERROR" if self._exchange.status >= 500 else "INFO"
        fields = {
            "method": self._exchange.method,
            "path": self._exchange.path,
            "route": self._exchange.route,
            "status": self._exchange.status,
            "duration_sec": round(seconds, 6),
        }
        self._telemetry.log.bind(**fields).log(level, "http_request")

    def _end_span(self, error: BaseException | None) -> None:
        self._span.update_name(self._exchange.span_name)
        self._span.set_attributes(self._exchange.answer_attributes(error))
        if isinstance(error, Exception):
            self._span.record_exception(error)
        if isinstance(error, Exception) or self._exchange.status >= 500:
            self._span.set_status(Status(StatusCode.ERROR, str(error) if error else None))
        self._span.end()


def _start(telemetry: Telemetry, exchange: Exchange, scope: Scope, quiet: bool) -> tuple[Span, otel.Context]:
    """The SERVER span of the request and the context to serve it in; a quiet one is not recorded."""
    correlation = correlate(scope["headers"])
    with requested_trace_id(correlation.trace_id):
        if quiet:
            span: Span = _unrecorded(telemetry, correlation.context)
        else:
            span = telemetry.tracer.start_span(
                exchange.span_name,
                correlation.context,
                kind=SpanKind.SERVER,
                attributes=exchange.request_attributes(),
            )
    return span, trace.set_span_in_context(span, correlation.context)


def _unrecorded(telemetry: Telemetry, context: otel.Context) -> Span:
    parent = trace.get_current_span(context).get_span_context()
    ids = telemetry.provider.id_generator
    trace_id = parent.trace_id or ids.generate_trace_id()
    return trace.NonRecordingSpan(trace.SpanContext(trace_id, ids.generate_span_id(), is_remote=False))

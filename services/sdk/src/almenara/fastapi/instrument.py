"""Puts the middleware, the error answers and /metrics into an application."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from almenara.fastapi.middleware import CorrelationMiddleware
from almenara.fastapi.problems import answer_http_exception, answer_invalid_request, answer_unexpected
from almenara.metrics.exposition import exposition

HEALTH_PATHS = ("/healthz", "/readyz", "/livez", "/health")
AppT = TypeVar("AppT", bound=Starlette)


def instrument(
    app: AppT,
    *,
    metrics_path: str = "/metrics",
    quiet_paths: Collection[str] = HEALTH_PATHS,
    access_log: bool = True,
) -> AppT:
    """Give every request of `app` correlation, a SERVER span, metrics and an access log line; returns `app`.

    Adds a route for the metrics (none when `metrics_path` is "" or taken) and answers errors as problem+json
    where the application has no handler of its own. `quiet_paths` and the metrics are neither traced,
    measured nor logged. A second call changes nothing.
    """
    if getattr(app.state, "almenara_instrumented", False):
        return app
    app.state.almenara_instrumented = True
    if metrics_path and not _has_route(app, metrics_path):
        app.add_route(metrics_path, _metrics, methods=["GET"], include_in_schema=False)
    _answer_errors(app)
    _silence_native_tracing(app)
    _wrap(app, [*quiet_paths, metrics_path], access_log)
    return app


async def _metrics(request: Request) -> Response:
    body, content_type = await run_in_threadpool(exposition, request.headers.get("accept", ""))
    return Response(body, headers={"Content-Type": content_type})


def _wrap(app: Starlette, quiet_paths: Collection[str], access_log: bool) -> None:
    """Around the whole stack: the answer to an unhandled exception is written outside of all middleware."""
    build = app.build_middleware_stack

    def build_wrapped() -> ASGIApp:
        return CorrelationMiddleware(build(), quiet_paths, access_log)

    app.build_middleware_stack = build_wrapped  # type: ignore[method-assign]
    if app.middleware_stack is not None:
        app.middleware_stack = build_wrapped()


def _answer_errors(app: Starlette) -> None:
    handlers = app.exception_handlers
    if handlers.get(HTTPException, http_exception_handler) is http_exception_handler:
        app.add_exception_handler(HTTPException, answer_http_exception)
    known = handlers.get(RequestValidationError, request_validation_exception_handler)
    if known is request_validation_exception_handler:
        app.add_exception_handler(RequestValidationError, answer_invalid_request)
    if Exception not in handlers and 500 not in handlers:
        app.add_exception_handler(Exception, answer_unexpected)


def _silence_native_tracing(app: Starlette) -> None:
    """FastAPI since 0.165 makes SERVER spans of its own, which know no X-Trace-Id; two are one too many.

    They stay when the application gave them a provider of its own.
    """
    native = getattr(app, "_telemetry", None)
    if isinstance(native, dict) and native.get("tracer_provider") is None:
        native["tracing"] = False


def _has_route(app: Starlette, path: str) -> bool:
    return any(getattr(route, "path", None) == path for route in app.routes)

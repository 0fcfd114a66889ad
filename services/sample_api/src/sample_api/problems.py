"""What the caller sees of an error: problem+json (RFC 9457) with the id of the trace."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from opentelemetry import trace
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

import almenara
from sample_api import exceptions as errors
from worker_etl.exceptions import InvalidRequestError, UnknownPipelineError

RETRY_SECONDS = "5"

_STATUS: dict[type[Exception], int] = {
    errors.BadCursorError: 400,
    errors.NotFoundError: 404,
    errors.KeyReusedError: 409,
    errors.PlatformFailedError: 502,
    errors.NotAcceptedError: 503,
    errors.PlatformUnreachableError: 503,
}


def install(app: FastAPI) -> None:
    """Answer every error of the application as a problem."""
    for kind, status in _STATUS.items():
        app.add_exception_handler(kind, _told(status))
    app.add_exception_handler(UnknownPipelineError, _unknown_pipeline)
    app.add_exception_handler(InvalidRequestError, _invalid_request)
    app.add_exception_handler(RequestValidationError, _invalid_input)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(SQLAlchemyError, _warehouse_away)
    app.add_exception_handler(Exception, _unexpected)


def problem(status: int, detail: str, headers: dict[str, str] | None = None, **more: Any) -> JSONResponse:
    """Return the answer; `more` are further members, such as `field`."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "trace_id": trace_id(),
        **more,
    }
    retry = {"Retry-After": RETRY_SECONDS} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return JSONResponse(body, status, {**(headers or {}), **retry}, media_type="application/problem+json")


def trace_id() -> str:
    """Return the current trace's id as 32 hex digits."""
    return trace.format_trace_id(trace.get_current_span().get_span_context().trace_id)


def _told(status: int) -> Callable[[Request, Exception], JSONResponse]:
    def handler(_request: Request, error: Exception) -> JSONResponse:
        return problem(status, str(error))

    return handler


def _unknown_pipeline(_request: Request, error: UnknownPipelineError) -> JSONResponse:
    return problem(404, str(error), known=error.known)


def _invalid_request(_request: Request, error: InvalidRequestError) -> JSONResponse:
    return problem(422, error.detail, field=error.field)


def _invalid_input(_request: Request, error: RequestValidationError) -> JSONResponse:
    faults = [(_place(fault["loc"]), fault["msg"]) for fault in error.errors()]
    field, message = faults[0]
    others = [{"field": name, "detail": detail} for name, detail in faults]
    return problem(422, f"{field}: {message}", field=field, errors=others)


def _place(location: tuple[Any, ...]) -> str:
    # The first part says body, query, path or header; of a body that is no JSON the rest is an offset.
    names = [str(part) for part in location[1:] if isinstance(part, str)]
    return ".".join(names) or str(location[0])


def _http_error(_request: Request, error: HTTPException) -> JSONResponse:
    return problem(error.status_code, str(error.detail), headers=dict(error.headers or {}))


def _warehouse_away(_request: Request, error: SQLAlchemyError) -> JSONResponse:
    almenara.log.error("warehouse_failed", error_type=type(error).__name__, error_message=str(error))
    return problem(503, "the warehouse cannot be read now; try again")


def _unexpected(_request: Request, error: Exception) -> JSONResponse:
    almenara.log.error("request_failed", error_type=type(error).__name__, error_message=str(error))
    return problem(500, "the request failed; its trace and log say why")

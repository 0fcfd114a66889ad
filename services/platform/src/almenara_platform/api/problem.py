"""Errors as application/problem+json (RFC 9457), without anything from inside the server."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from loguru import logger
from opentelemetry import trace
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from almenara_platform.exceptions import (
    BadRequest,
    NotFound,
    StoreUnavailable,
    TooLarge,
    Unauthorized,
    Unsupported,
)

MEDIA_TYPE = "application/problem+json"
_STATUS = (
    (TooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (Unsupported, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    (Unauthorized, HTTPStatus.UNAUTHORIZED),
    (BadRequest, HTTPStatus.BAD_REQUEST),
    (NotFound, HTTPStatus.NOT_FOUND),
    (StoreUnavailable, HTTPStatus.SERVICE_UNAVAILABLE),
)


class Problem(BaseModel):
    """What went wrong and what to do about it."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    trace_id: str | None = None
    field: str | None = Field(
        None, description="The part of the request that is at fault, where one is known."
    )
    near: list[str] | None = Field(None, description="Names close to one that does not exist.")


RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "description": "The request is at fault; `detail` says what to do."},
    "5XX": {"model": Problem, "description": "The platform or a backend is at fault; ask again later."},
}


def install(app: FastAPI) -> None:
    """Answer every error of ``app`` with a problem."""
    for kind, status in _STATUS:
        app.add_exception_handler(kind, _known(status))
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def status_of(error: Exception) -> HTTPStatus:
    """The HTTP status for one of the platform's own errors."""
    return next(status for kind, status in _STATUS if isinstance(error, kind))


def response(status: int, detail: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """A problem with this status and detail; ``more`` are further members that are left out when None."""
    known = {"title": HTTPStatus(status).phrase, "status": int(status), "detail": detail}
    members = {"type": "about:blank", **known, "trace_id": _trace_id(), **more}
    body = orjson.dumps({name: value for name, value in members.items() if value is not None})
    return Response(body, status, headers, MEDIA_TYPE)


def _trace_id() -> str | None:
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None


def _known(status: HTTPStatus) -> Any:
    async def answer(_: Request, error: Exception) -> Response:
        near = list(getattr(error, "near", ())) or None
        return response(
            status, str(error), headers_for(status), field=getattr(error, "field", None), near=near
        )

    return answer


def headers_for(status: HTTPStatus) -> dict[str, str]:
    """Headers that belong to an error with this status."""
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        return {"Retry-After": "5"}
    return {"WWW-Authenticate": "Bearer"} if status is HTTPStatus.UNAUTHORIZED else {}


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    return response(HTTPStatus.BAD_REQUEST, f"{place}: {first['msg']}.", field=place)


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return response(error.status_code, str(error.detail), dict(error.headers or {}))


async def _unexpected(request: Request, error: Exception) -> Response:
    logger.opt(exception=error).error("request_failed", method=request.method, path=request.url.path)
    return response(
        HTTPStatus.INTERNAL_SERVER_ERROR, "The platform failed; its log has the reason under this trace id."
    )

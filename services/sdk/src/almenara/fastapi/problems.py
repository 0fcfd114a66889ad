"""Errors as problem+json (RFC 9457) with the id of the trace that tells more."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from opentelemetry import trace
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
EMPTY_STATUS = frozenset({204, 205, 304})


def trace_id() -> str:
    """The id of the present trace, 32 lower-case hex digits, all 0 outside of one."""
    return trace.format_trace_id(trace.get_current_span().get_span_context().trace_id)


def problem(
    status: int,
    detail: str = "",
    *,
    title: str = "",
    kind: str = "about:blank",
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> JSONResponse:
    """The answer `{type, title, status, detail, trace_id}` and further `members`, such as `field`."""
    body = {
        "type": kind,
        "title": title or _phrase(status),
        "status": status,
        "detail": detail,
        "trace_id": trace_id(),
        **members,
    }
    return JSONResponse(body, status, dict(headers or {}), media_type=MEDIA_TYPE)


async def answer_http_exception(request: Request, error: Exception) -> Response:
    """An HTTPException with its own status, detail and headers."""
    if not isinstance(error, HTTPException):
        return await answer_unexpected(request, error)
    if error.status_code in EMPTY_STATUS or error.status_code < 200:
        return Response(status_code=error.status_code, headers=error.headers)
    members: dict[str, Any] = {} if isinstance(error.detail, str) else {"errors": error.detail}
    detail = error.detail if isinstance(error.detail, str) else _phrase(error.status_code)
    return problem(error.status_code, detail, headers=error.headers, **members)


async def answer_invalid_request(request: Request, error: Exception) -> Response:
    """A request that does not fit its route: `field` is the first parameter at fault, `errors` lists all."""
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    errors = [{"field": _field(fault["loc"]), "detail": str(fault["msg"])} for fault in faults]
    if not errors:
        return problem(422, "the request is not valid")
    first = errors[0]
    return problem(422, f"{first['field']}: {first['detail']}", field=first["field"], errors=errors)


async def answer_unexpected(request: Request, error: Exception) -> Response:
    """Anything else: nothing of its text reaches the client."""
    return problem(500, "the request failed unexpectedly; the log and trace with this trace_id say why")


def _field(location: tuple[Any, ...]) -> str:
    names = [str(part) for part in location[1:] if isinstance(part, str)]
    return ".".join(names) or (str(location[0]) if location else "")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"

"""OTLP/HTTP: spans and log records in.

Errors are answered as OTLP says: a google.rpc.Status in protobuf to a request in protobuf, else a problem.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from almenara_platform.api import problem
from almenara_platform.api.access import WRITE_ACCESS
from almenara_platform.api.dependencies import Gateway
from almenara_platform.exceptions import AlmenaraPlatformError
from almenara_platform.gateway.otlp import PROTOBUF, Encoding

router = APIRouter(tags=["intake"], dependencies=[WRITE_ACCESS])
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_REQUEST: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {PROTOBUF: _BINARY, "application/json": {"schema": {"type": "object"}}},
    }
}


@router.post("/v1/traces", response_class=Response, openapi_extra=_REQUEST)
async def traces(request: Request, gateway: Gateway) -> Response:
    """Take spans (ExportTraceServiceRequest); 200 once they are on disk."""
    return await _take(request, gateway.spans)


@router.post("/v1/logs", response_class=Response, openapi_extra=_REQUEST)
async def logs(request: Request, gateway: Gateway) -> Response:
    """Take log records (ExportLogsServiceRequest); 200 once they are on disk."""
    return await _take(request, gateway.logs)


async def _take(request: Request, store: Callable[[bytes, Encoding], bytes]) -> Response:
    encoding = Encoding.of(request.headers.get("content-type", ""))
    try:
        async with request.app.state.bodies.read(request) as body:
            answer = await run_in_threadpool(store, body, encoding)
    except AlmenaraPlatformError as error:
        if encoding.media_type != PROTOBUF:
            raise
        status = problem.status_of(error)
        return Response(encoding.error(str(error)), status, problem.headers_for(status), PROTOBUF)
    return Response(answer, media_type=encoding.media_type)

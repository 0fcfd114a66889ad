"""OpenLineage events in."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from almenara_platform.api.access import WRITE_ACCESS
from almenara_platform.api.dependencies import Body, Gateway
from almenara_platform.gateway import openlineage

router = APIRouter(prefix="/api/v1/lineage", tags=["intake"], dependencies=[WRITE_ACCESS])
_DESCRIPTION = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
}


@router.post("", status_code=201, response_class=Response, openapi_extra=_DESCRIPTION)
async def lineage(gateway: Gateway, body: Body) -> Response:
    """Take one OpenLineage RunEvent, DatasetEvent or JobEvent; 201 once it is on disk."""
    event = openlineage.validate(openlineage.parse(body))
    await run_in_threadpool(gateway.lineage, [event])
    return Response(status_code=201)

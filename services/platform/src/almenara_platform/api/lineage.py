"""OpenLineage events in."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from almenara_platform.api.access import WRITE_ACCESS
from almenara_platform.api.dependencies import Body, Gateway
from almenara_platform.exceptions import BadRequest, TooLarge
from almenara_platform.gateway import openlineage
from almenara_platform.gateway.intake import Intake

router = APIRouter(prefix="/api/v1/lineage", tags=["intake"], dependencies=[WRITE_ACCESS])
# Where openlineage-python sends to when its URL has the path already, without and with a slash at its end.
_DOUBLED = ("/api/v1/api/v1/lineage", "/api/v1/lineage/api/v1/lineage")
doubled = APIRouter(dependencies=[WRITE_ACCESS])
_DESCRIPTION = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
}


BATCH_LIMIT = 10_000
_BATCH = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    }
}


class EventResult(BaseModel):
    """What became of one event: 201 stored, 400 refused with the reason, 413 for too many columns."""

    index: int
    status: int
    detail: str | None = None
    field: str | None = None


class BatchResult(BaseModel):
    """The results in the order of the events."""

    accepted: int
    rejected: int
    results: list[EventResult]


@router.post("", status_code=201, response_class=Response, openapi_extra=_DESCRIPTION)
async def lineage(gateway: Gateway, body: Body) -> Response:
    """Take one OpenLineage RunEvent, DatasetEvent or JobEvent; 201 once it is on disk.

    An event whose time is more than a day ahead of the platform's clock is refused.
    """
    await run_in_threadpool(_take_one, gateway, body)
    return Response(status_code=201)


for _path in _DOUBLED:
    doubled.add_api_route(_path, lineage, methods=["POST"], status_code=201, include_in_schema=False)


@router.post("/batch", openapi_extra=_BATCH)
async def batch(gateway: Gateway, body: Body) -> BatchResult:
    """Take many events, a JSON array or one a line; once answered, those that are right are on disk."""
    return await run_in_threadpool(_take, gateway, body)


def _take_one(gateway: Intake, body: bytes) -> None:
    gateway.lineage([gateway.checked(openlineage.parse(body))])


def _take(gateway: Intake, body: bytes) -> BatchResult:
    events = openlineage.parse_many(body)
    if len(events) > BATCH_LIMIT:
        raise TooLarge(f"A batch has at most {BATCH_LIMIT} events; send {len(events)} in several.", "body")
    right: list[dict[str, Any]] = []
    results = []
    for index, event in enumerate(events):
        try:
            right.append(gateway.checked(event()))
            results.append(EventResult(index=index, status=201))
        except BadRequest as error:
            status = 413 if isinstance(error, TooLarge) else 400
            results.append(EventResult(index=index, status=status, detail=str(error), field=error.field))
    if right:
        gateway.lineage(right)
    return BatchResult(accepted=len(right), rejected=len(events) - len(right), results=results)

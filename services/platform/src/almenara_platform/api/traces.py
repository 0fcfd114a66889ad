"""Traces."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from almenara_platform.api.dependencies import Cursor, Limit, Since, Stores, Until
from almenara_platform.api.documents import Listing, TraceDocument, TraceSummaryDocument, listing
from almenara_platform.exceptions import BadRequest, NotFound
from almenara_platform.traces.port import TraceQuery

router = APIRouter(prefix="/api/v1/traces", tags=["traces"])
Seconds = Annotated[float | None, Query(ge=0, le=1e9, allow_inf_nan=False, description="Seconds.")]
Attributes = Annotated[list[str], Query(description="`key=value`; give it several times to ask for several.")]


@router.get("")
def traces(
    stores: Stores,
    service: str | None = None,
    operation: str | None = None,
    error: bool | None = None,
    min_duration: Seconds = None,
    max_duration: Seconds = None,
    attribute: Attributes = (),  # type: ignore[assignment]
    database: bool = False,
    since: Since = None,
    until: Until = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Listing[TraceSummaryDocument]:
    """Traces in which one span meets every condition, newest first."""
    query = TraceQuery(
        service=service,
        operation=operation,
        error=error,
        min_duration=min_duration,
        max_duration=max_duration,
        attributes=dict(map(_pair, attribute)),
        database=database,
        since=since,
        until=until,
        limit=limit,
        cursor=cursor,
    )
    return listing(stores.traces.find(query), TraceSummaryDocument)


@router.get("/{trace_id}")
def trace(stores: Stores, trace_id: str) -> TraceDocument:
    """One trace with all its spans."""
    found = stores.traces.trace(trace_id.lower())
    if found is None:
        raise NotFound(f"No trace {trace_id[:100]!r} is known; GET /api/v1/traces lists them.")
    return TraceDocument.model_validate(found)


def _pair(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not key or not separator:
        raise BadRequest(f"attribute {text[:100]!r} is not of the form key=value.", "attribute")
    return key, value

"""Traces."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter

from almenara_platform.api.dependencies import Cursor, Limit, Stores
from almenara_platform.api.documents import Listing, TraceDocument, TraceSummaryDocument, listing
from almenara_platform.api.trace_words import Words
from almenara_platform.exceptions import NotFound

router = APIRouter(prefix="/api/v1/traces", tags=["traces"])


@router.get("")
def traces(
    stores: Stores, words: Words, limit: Limit = 20, cursor: Cursor = None
) -> Listing[TraceSummaryDocument]:
    """Traces in which one span meets every condition, newest first."""
    query = replace(words, limit=limit, cursor=cursor)
    return listing(stores.traces.find(query), TraceSummaryDocument)


@router.get("/{trace_id}")
def trace(stores: Stores, trace_id: str) -> TraceDocument:
    """One trace with all its spans."""
    found = stores.traces.trace(trace_id.lower())
    if found is None:
        raise NotFound(f"No trace {trace_id[:100]!r} is known; GET /api/v1/traces lists them.")
    return TraceDocument.model_validate(found)

"""What explains one trace: its critical path and what making an operation faster would help."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from almenara_platform.api.dependencies import Stores
from almenara_platform.api.trace_words import Duration
from almenara_platform.exceptions import NotFound
from almenara_platform.traces.durations import parse_duration
from almenara_platform.traces.explain import Explanation, explain
from almenara_platform.traces.export.document import bottlenecks as bottlenecks_document
from almenara_platform.traces.export.document import document
from almenara_platform.traces.export.mermaid import mermaid
from almenara_platform.traces.export.text import text
from almenara_platform.traces.port import TraceStore

router = APIRouter(prefix="/api/v1/traces", tags=["traces"])
Root = Annotated[
    str | None,
    Query(max_length=64, description="Span where the path starts; the root of the trace by default."),
]
NANOSECONDS = 1_000_000_000


class Format(StrEnum):
    """How an explained trace is written."""

    JSON = "json"
    MERMAID = "mermaid"
    TEXT = "text"


class SectionDocument(BaseModel):
    """A stretch of the path within one span."""

    span_id: str
    start_ns: int
    end_ns: int


class OperationDocument(BaseModel):
    """The time of one operation; only the time on the path sums to the duration."""

    service: str
    name: str
    count: int
    inclusive_ns: int
    exclusive_ns: int
    on_path_ns: int


class CriticalPathDocument(BaseModel):
    """Sections in the order of time that partition the root's duration, and the operations below the root."""

    trace_id: str
    root_span_id: str
    duration_ns: int
    sections: list[SectionDocument]
    operations: list[OperationDocument]
    notes: list[str]


class NameDocument(BaseModel):
    """An operation."""

    service: str
    name: str


class OnPathDocument(NameDocument):
    """An operation on the path with its times and its share (0 to 1) of the duration."""

    count: int
    inclusive_ns: int
    exclusive_ns: int
    on_path_ns: int
    share: float


class OffPathDocument(NameDocument):
    """Making this operation faster helps nothing until ``behind`` is ``slack_ns`` faster."""

    inclusive_ns: int
    slack_ns: int
    behind: NameDocument


class BottlenecksDocument(BaseModel):
    """Where to look first, and where not."""

    trace_id: str
    root_span_id: str
    duration_ns: int
    on_path: list[OnPathDocument]
    off_path: list[OffPathDocument]
    notes: list[str]


@router.get("/{trace_id}/critical-path", response_model=CriticalPathDocument)
def critical_path(
    stores: Stores,
    trace_id: str,
    root: Root = None,
    skew_tolerance: Duration = None,
    format: Format = Format.JSON,
) -> Response:
    """Which span held up the root of the trace at each moment, as JSON, Mermaid or plain text."""
    found = explained(stores.traces, trace_id, root, skew_tolerance)
    match format:
        case Format.MERMAID:
            return Response(mermaid(found), media_type="text/vnd.mermaid; charset=utf-8")
        case Format.TEXT:
            return Response(text(found), media_type="text/plain; charset=utf-8")
    return Response(orjson.dumps(document(found)), media_type="application/json")


@router.get("/{trace_id}/bottlenecks", response_model=BottlenecksDocument)
def bottlenecks(
    stores: Stores, trace_id: str, root: Root = None, skew_tolerance: Duration = None
) -> Response:
    """Operations on the path, the slowest first, and those whose speed does not matter yet."""
    found = explained(stores.traces, trace_id, root, skew_tolerance)
    return Response(orjson.dumps(bottlenecks_document(found)), media_type="application/json")


def explained(store: TraceStore, trace_id: str, root: str | None, skew_tolerance: str | None) -> Explanation:
    """The explanation of a stored trace; raises ``NotFound`` for what is not there."""
    trace = store.outline(trace_id.lower())
    if trace is None:
        raise NotFound(f"No trace {trace_id[:100]!r} is known; GET /api/v1/traces lists them.")
    tolerance = parse_duration(skew_tolerance, "skew_tolerance") if skew_tolerance else 0.0
    return explain(trace, root or None, round(tolerance * NANOSECONDS))

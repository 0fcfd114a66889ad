"""Log lines."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from almenara_platform.api.dependencies import Cursor, Limit, Since, Stores, Until
from almenara_platform.api.documents import Listing, LogDocument, log_line
from almenara_platform.exceptions import BadRequest
from almenara_platform.logs.condition import parse_condition
from almenara_platform.logs.level import RANKS, canonical
from almenara_platform.logs.port import LogQuery, Order

router = APIRouter(prefix="/api/v1/logs", tags=["logs"])
Text = Annotated[str | None, Query(description="Part of the message, in any case.", max_length=1000)]
Where = Annotated[
    list[str], Query(description="`field>3`, `field=text`: one of = != > >= < <=; several may be given.")
]


@router.get("")
def logs(
    stores: Stores,
    run_id: str | None = None,
    trace_id: str | None = None,
    span_id: str | None = None,
    pipeline: str | None = None,
    service: str | None = None,
    level: Annotated[str | None, Query(description="The lowest level to answer.")] = None,
    q: Text = None,
    where: Where = (),  # type: ignore[assignment]
    since: Since = None,
    until: Until = None,
    order: Order = Order.NEWEST_FIRST,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Listing[LogDocument]:
    """Log lines that meet every condition, by time."""
    query = LogQuery(
        run_id=run_id,
        trace_id=trace_id.lower() if trace_id else None,
        span_id=span_id.lower() if span_id else None,
        pipeline=pipeline,
        service=service,
        level=_level(level),
        text=q or None,
        where=tuple(map(parse_condition, where)),
        since=since,
        until=until,
        order=order,
        limit=limit,
        cursor=cursor,
    )
    page = stores.logs.find(query)
    return Listing[LogDocument](
        items=[LogDocument(**log_line(record)) for record in page.items], next=page.next
    )


def _level(name: str | None) -> str | None:
    if name is None:
        return None
    if canonical(name) not in RANKS:
        raise BadRequest(f"level {name[:50]!r} is none of {', '.join(RANKS)}.", "level")
    return canonical(name)

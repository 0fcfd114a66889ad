"""Questions about lineage: downstream, upstream, impact, personal data, one dataset, search."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response, StreamingResponse

from almenara_platform.api.dependencies import Cursor
from almenara_platform.exceptions import BadRequest
from almenara_platform.lineage.answers import personal_data, report
from almenara_platform.lineage.answers.about import about
from almenara_platform.lineage.answers.delivery import delivery
from almenara_platform.lineage.answers.impact import Change, impact
from almenara_platform.lineage.answers.reach import Question, Reach, reach
from almenara_platform.lineage.answers.search import search
from almenara_platform.lineage.graph import Direction
from almenara_platform.lineage.service import Lineage

router = APIRouter(prefix="/api/v1", tags=["lineage"])
JSON = "application/json"
CHARACTERS_A_PIECE = 65_536
MOST_ITEMS = 5_000_000


def _lineage(request: Request) -> Lineage:
    return request.app.state.lineage


Known = Annotated[Lineage, Depends(_lineage)]
Namespace = Annotated[str, Query(min_length=1, max_length=4096)]
Name = Annotated[str, Query(min_length=1, max_length=4096)]
Column = Annotated[str | None, Query(min_length=1, max_length=4096, description="Without it the dataset.")]
Depth = Annotated[int | None, Query(ge=0, le=1_000_000, description="Most hops; any number without it.")]
Indirect = Annotated[bool, Query(description="Follow INDIRECT edges (filters, joins, order) as well.")]
Most = Annotated[int, Query(ge=1, le=MOST_ITEMS, description="Most items to answer.")]
_Format = Annotated[Literal["json", "md", "csv"], Query(description="JSON, or a report for an auditor.")]
_MEDIA = {"md": "text/markdown; charset=utf-8", "csv": "text/csv; charset=utf-8"}


def _question(
    namespace: Namespace,
    name: Name,
    column: Column = None,
    depth: Depth = None,
    indirect: Indirect = True,
    limit: Most = 1000,
    cursor: Cursor = None,
) -> Question:
    return Question(namespace, name, column, depth, indirect, limit, cursor)


Asked = Annotated[Question, Depends(_question)]


@router.get("/lineage/downstream")
def downstream(known: Known, question: Asked) -> Response:
    """Everything that a column or dataset leads to, each with the path from what was asked to it."""
    return _stream(reach(known.index.snapshot(), question, Direction.DOWNSTREAM))


@router.get("/lineage/upstream")
def upstream(known: Known, question: Asked) -> Response:
    """Everything that a column or dataset comes from, each with the path from it to what was asked."""
    return _stream(reach(known.index.snapshot(), question, Direction.UPSTREAM))


@router.get("/impact")
def impact_of(
    known: Known, namespace: Namespace, name: Name, column: Column = None, change: Change = Change.DROP
) -> Response:
    """What breaks when a column (or a dataset) is dropped, renamed or gets another type, and whose it is."""
    snapshot, boards = known.index.snapshot(), known.dashboards.all()
    return _json(impact(snapshot, namespace, name, column, change, boards, known.slos))


@router.get("/personal-data")
def personal_data_of(
    known: Known,
    label: Annotated[str | None, Query(min_length=1, max_length=4096)] = None,
    namespace: Annotated[str | None, Query(min_length=1, max_length=4096)] = None,
    name: Annotated[str | None, Query(min_length=1, max_length=4096)] = None,
    column: Column = None,
    indirect: Indirect = False,
    format: _Format = "json",
) -> Response:
    """Where the columns with a label, or one column, have gone, and in what order they are erased."""
    snapshot = known.index.snapshot()
    if label is not None and namespace is None and name is None:
        found, asked = personal_data.of_label(snapshot, label, indirect), f"label {label}"
    elif label is None and namespace is not None and name is not None:
        found = personal_data.of_column(snapshot, namespace, name, column, indirect)
        asked = f"{namespace} / {name}" + (f" / {column}" if column else "")
    else:
        raise BadRequest("Give either label, or namespace and name (and column).", "label")
    if format == "json":
        return _json(found.as_document())
    text = report.as_csv(found) if format == "csv" else report.as_markdown(found, asked, datetime.now(UTC))
    return Response(text, media_type=_MEDIA[format])


@router.get("/dataset")
def dataset(known: Known, namespace: Namespace, name: Name) -> Response:
    """One dataset: schema history, quality, runs, owners, labels, and the edges into its columns."""
    return _json(about(known.index.snapshot(), known.store, namespace, name))


@router.get("/search")
def search_for(
    known: Known,
    q: Annotated[str, Query(min_length=1, max_length=4096)],
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: Cursor = None,
) -> Response:
    """Datasets, jobs, labels and columns with this text in their names."""
    page = search(known.index.snapshot(), q, limit, cursor)
    return _json({"items": page.items, "partial": page.next is not None, "next": page.next})


@router.get("/lineage/critical-path")
def critical_path(
    request: Request,
    known: Known,
    namespace: Namespace,
    name: Name,
    hours: Annotated[float, Query(gt=0, le=24 * 366, description="How far back runs count.")] = 48,
) -> Response:
    """The runs behind a dataset's newest version: slack of each, and the chain that decided when it came."""
    now = request.app.state.reliability.clock()
    return _json(delivery(known.index.snapshot(), known.store, namespace, name, now, hours))


def _json(document: Any) -> Response:
    return Response(orjson.dumps(document, option=orjson.OPT_UTC_Z), media_type=JSON)


def _stream(found: Reach) -> Response:
    return StreamingResponse(_pieces(found), media_type=JSON)


def _pieces(found: Reach) -> Iterator[bytes]:
    """The answer piece by piece, so that the first items are on their way while the last are looked up."""
    lead = b'{"items":['
    for text in _gathered(found.texts):
        yield lead + text.encode()
        lead = b","
    head = lead if lead != b"," else b""
    tail = {"partial": found.next is not None, "next": found.next}
    yield head + b"]," + orjson.dumps(tail)[1:]


def _gathered(texts: Iterator[str]) -> Iterator[str]:
    """Short texts with commas between them, each time as many as a piece takes."""
    waiting: list[str] = []
    length = 0
    for text in texts:
        waiting.append(text)
        length += len(text)
        if length >= CHARACTERS_A_PIECE:
            yield ",".join(waiting)
            waiting, length = [], 0
    if waiting:
        yield ",".join(waiting)

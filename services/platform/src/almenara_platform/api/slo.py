"""Objectives: where they stand, what burnt their budgets, the monthly review, and named queries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from almenara_platform.api.alerts import every_alert
from almenara_platform.api.dependencies import Since, Until, Watch
from almenara_platform.api.documents import Document, Listing, RunDocument, Time
from almenara_platform.exceptions import NotFound
from almenara_platform.promql.answer import Answer, answer
from almenara_platform.promql.library import LIBRARY, named_query
from almenara_platform.slo.report import html, markdown
from almenara_platform.slo.report.review import Chapter, Review, review
from almenara_platform.slo.sample import Sample
from almenara_platform.slo.status import Detail, Status

router = APIRouter(prefix="/api/v1", tags=["objectives"])
_MEDIA = {"md": "text/markdown; charset=utf-8", "html": "text/html; charset=utf-8"}


class SloDocument(Document):
    """Where an objective stands; ``sli`` and ``budget_remaining`` are shares, null without data.

    ``runs`` and ``bad_runs`` are those that they stand on, null where no runs are counted; ``basis`` says it
    in words, and whether they are few.
    """

    id: str
    pipeline: str
    name: str
    team: str
    description: str
    kind: str
    objective: float
    period: str
    enabled: bool
    sli: float | None
    budget_remaining: float | None
    runs: int | None
    bad_runs: int | None
    basis: str
    burn_rates: dict[str, float]
    exhausted_in_seconds: float | None
    met: bool | None
    note: str


class PointDocument(Document):
    """The share of the budget that was left at a moment."""

    at: Time
    remaining: float


class CostDocument(Document):
    """What a run took of the budget; ``run`` is null for time in which none was tried."""

    run: RunDocument | None
    at: Time
    amount: float
    share: float


class SloDetailDocument(SloDocument):
    """An objective over a stretch of time."""

    since: Time
    until: Time
    burn_down: list[PointDocument]
    costs: list[CostDocument]


class ReviewDocument(Document):
    """The monthly review; ``sli`` and ``budget_remaining`` of each objective are those of the month."""

    month: str
    since: Time
    until: Time
    objectives: list[SloDetailDocument]


class SampleDocument(Document):
    """The value of one series now and over the asked time, as [Unix seconds, value]."""

    labels: dict[str, str]
    value: float | None
    points: list[tuple[float, float]]


class AnswerDocument(Document):
    """What Prometheus said to a named query."""

    name: str
    question: str
    unit: str
    promql: str
    items: list[SampleDocument]


class NamedQueryDocument(Document):
    """A query that can be asked by name."""

    name: str
    question: str
    promql: str
    unit: str


@router.get("/slos")
def slos(watch: Watch) -> Listing[SloDocument]:
    """Every objective by id with its budget and burn rates."""
    items = [SloDocument.model_validate(_status(status)) for status in watch.objectives.all()]
    return Listing[SloDocument](items=items, next=None)


@router.get("/slos/{slo_id}")
def slo(watch: Watch, slo_id: str, since: Since = None, until: Until = None) -> SloDetailDocument:
    """One objective with the burn-down of its budget and the runs that cost most; its period by default."""
    return SloDetailDocument.model_validate(_detail(watch.objectives.detail(slo_id, since, until)))


def _review(watch: Watch, month: Annotated[str, Query(description="Such as 2026-11.")]) -> Review:
    return review(watch.objectives, month, watch.clock(), every_alert(watch))


@router.get("/slo-review")
def monthly_review(
    request: Request,
    found: Annotated[Review, Depends(_review)],
    format: Annotated[Literal["json", "md", "html"], Query()] = "json",
) -> Any:
    """The review of a month: as JSON, or ready to read as Markdown or HTML with charts."""
    if format == "json":
        return ReviewDocument(
            month=found.month,
            since=found.since,
            until=found.until,
            objectives=[SloDetailDocument.model_validate(_chapter(each)) for each in found.chapters],
        )
    render = markdown.render if format == "md" else html.render
    return Response(render(found, str(request.base_url).rstrip("/")), media_type=_MEDIA[format])


@router.get("/query")
def queries() -> Listing[NamedQueryDocument]:
    """The queries that can be asked by name."""
    return Listing[NamedQueryDocument](
        items=[NamedQueryDocument.model_validate(query) for query in LIBRARY], next=None
    )


@router.get("/query/{name}")
def query(
    watch: Watch,
    name: str,
    pipeline: str | None = None,
    stage: str | None = None,
    minutes: Annotated[float, Query(gt=0, le=60 * 24 * 35, description="How far back.")] = 60,
) -> AnswerDocument:
    """The answer of Prometheus to a named query, now and over the last ``minutes``."""
    asked = named_query(name)
    if pipeline and not asked.label:
        raise NotFound(f"The query {name!r} knows no pipelines; ask it without one.")
    found = answer(watch.prometheus, asked, watch.clock(), minutes * 60, pipeline, stage)
    return AnswerDocument.model_validate(_answer(found))


def _answer(found: Answer) -> dict[str, Any]:
    known = ("name", "question", "unit")
    return {name: getattr(found.query, name) for name in known} | {
        "promql": found.promql,
        "items": [SampleDocument.model_validate(each) for each in found.series],
    }


def _status(status: Status) -> dict[str, Any]:
    slo = status.slo
    own = ("id", "pipeline", "name", "team", "description", "objective", "period")
    measured = ("enabled", "sli", "budget_remaining", "burn_rates", "exhausted_in_seconds", "met", "note")
    return (
        {name: getattr(slo, name) for name in own}
        | {"kind": slo.sli.kind}
        | _basis(status.sample)
        | {name: getattr(status, name) for name in measured}
    )


def _basis(sample: Sample | None) -> dict[str, Any]:
    if sample is None:
        return {"runs": None, "bad_runs": None, "basis": ""}
    return {"runs": sample.runs, "bad_runs": sample.bad, "basis": sample.in_words}


def _detail(detail: Detail) -> dict[str, Any]:
    pieces: dict[str, Sequence[Any]] = {"burn_down": detail.burn_down, "costs": detail.costs}
    return _status(detail.status) | {"since": detail.since, "until": detail.until, **pieces}


def _chapter(chapter: Chapter) -> dict[str, Any]:
    month = {"sli": chapter.sli, "budget_remaining": chapter.remaining, "met": chapter.kept}
    return _detail(chapter.detail) | month

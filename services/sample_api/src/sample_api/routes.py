"""The API's routes. Each hands over to the object that does the work."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Request, Response

from sample_api.cursor import LARGEST_PRODUCT_ID
from sample_api.models import AcceptedRun, DailySales, Problem, Product, RunBody
from sample_api.platform import Runs
from sample_api.sales import Sales
from sample_api.submission import Submissions
from worker_etl.exceptions import InvalidRequestError
from worker_etl.pipelines import pipeline
from worker_etl.request import FIRST_DAY, LAST_DAY, parse

LARGEST_PAGE = 1000

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=255,
        description="The same key with the same body gets the same answer and starts no second run.",
    ),
]
Department = Annotated[str | None, Query(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f]+$")]


def _problems(**reasons: str) -> dict[int | str, dict[str, Any]]:
    content = {"application/problem+json": {"schema": Problem.model_json_schema()}}
    return {
        int(status.removeprefix("status_")): {"description": reason, "content": content}
        for status, reason in reasons.items()
    }


def runs_router(submissions: Submissions, runs: Runs) -> APIRouter:
    """Return the routes that start runs and tell how they stand."""
    router = APIRouter(tags=["runs"])

    @router.post(
        "/pipelines/{name}/runs",
        status_code=202,
        responses=_problems(
            status_404="No pipeline has this name",
            status_409="The Idempotency-Key came with another body before",
            status_422="The body is no run request",
            status_503="The run could not be enqueued; nothing was started",
        ),
    )
    def start_run(
        name: str, body: RunBody, request: Request, response: Response, idempotency_key: IdempotencyKey = None
    ) -> AcceptedRun:
        """Accept a run; it is executed by a worker."""
        pipeline(name)
        accepted = submissions.submit(name, parse(body.given()), idempotency_key)
        status_url = str(request.url_for("show_run", run_id=accepted.run_id))
        response.headers["Location"] = status_url
        return AcceptedRun(run_id=accepted.run_id, trace_id=accepted.trace_id, status_url=status_url)

    @router.get(
        "/runs/{run_id}",
        responses=_problems(
            status_404="No run has this id",
            status_502="The platform failed",
            status_503="The platform does not answer",
        ),
    )
    def show_run(run_id: UUID) -> dict[str, Any]:
        """Return the run as the platform knows it: state, stages, datasets, quality, error."""
        return runs.find(str(run_id))

    return router


def sales_router(sales: Sales) -> APIRouter:
    """Return the routes that read the warehouse."""
    router = APIRouter(tags=["warehouse"])

    @router.get("/sales/daily", responses=_problems(status_400="The cursor is none of this list"))
    def daily_sales(
        from_: Annotated[date, Query(alias="from")] = FIRST_DAY,
        to: date = LAST_DAY,
        department: Department = None,
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 100,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
    ) -> DailySales:
        """List daily sales by day, store and product."""
        if from_ > to:
            raise InvalidRequestError("from", f"{from_} lies after to, {to}")
        page = sales.daily(from_, to, department, limit, cursor)
        return DailySales(items=page.items, next=page.next)

    @router.get("/products/{product_id}", responses=_problems(status_404="No product has this id"))
    def product(product_id: Annotated[int, Path(ge=0, le=LARGEST_PRODUCT_ID)]) -> Product:
        """Return one product of the catalogue."""
        return Product(**sales.product(product_id))

    return router

"""What the caller sees of the API's own errors; the SDK answers all others as problem+json as well."""

from collections.abc import Callable

from fastapi import FastAPI, Request, Response
from sqlalchemy.exc import SQLAlchemyError

import almenara
from almenara.fastapi import problem
from sample_api import exceptions as errors
from worker_etl.exceptions import InvalidRequestError, UnknownPipelineError

RETRY_AFTER = {"Retry-After": "5"}

_STATUS: dict[type[Exception], int] = {
    errors.BadCursorError: 400,
    errors.NotFoundError: 404,
    errors.KeyReusedError: 409,
    errors.PlatformFailedError: 502,
    errors.NotAcceptedError: 503,
    errors.PlatformUnreachableError: 503,
}


def install(app: FastAPI) -> None:
    """Answer the errors of this package, of the worker's light modules and of the warehouse as problems."""
    for kind, status in _STATUS.items():
        app.add_exception_handler(kind, _told(status))
    app.add_exception_handler(UnknownPipelineError, _unknown_pipeline)
    app.add_exception_handler(InvalidRequestError, _invalid_request)
    app.add_exception_handler(SQLAlchemyError, _warehouse_away)


def _told(status: int) -> Callable[[Request, Exception], Response]:
    headers = RETRY_AFTER if status == 503 else {}

    def handler(_request: Request, error: Exception) -> Response:
        return problem(status, str(error), headers=headers)

    return handler


def _unknown_pipeline(_request: Request, error: UnknownPipelineError) -> Response:
    return problem(404, str(error), known=error.known)


def _invalid_request(_request: Request, error: InvalidRequestError) -> Response:
    return problem(422, error.detail, field=error.field)


def _warehouse_away(_request: Request, error: SQLAlchemyError) -> Response:
    almenara.log.error("warehouse_failed", error_type=type(error).__name__, error_message=str(error))
    return problem(503, "the warehouse cannot be read now; try again", headers=RETRY_AFTER)

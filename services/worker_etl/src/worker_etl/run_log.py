"""Log lines about a run, written by those who do not execute it."""

from typing import TYPE_CHECKING

from opentelemetry import trace

from almenara.logs.place import bound_logger
from almenara.scope import run_scope
from worker_etl.pipelines import PIPELINES

if TYPE_CHECKING:
    from loguru import Logger


def run_log(pipeline: str, run_id: str) -> "Logger":
    """Return a logger whose lines are found under the run's id."""
    known = PIPELINES.get(pipeline)
    namespace = known.namespace if known and known.namespace else ""
    return bound_logger(run_scope(namespace, pipeline, run_id), trace.INVALID_SPAN)

"""Where a log line belongs: run, stage, trace and span."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from loguru import logger
from opentelemetry import trace
from opentelemetry.context import Context

from almenara.scope import Scope, current_scope

if TYPE_CHECKING:
    from loguru import Logger

PLACE_FIELD = "almenara_place"


class Place(NamedTuple):
    """A scope and the span within it."""

    scope: Scope
    span: trace.Span

    def within(self, current: Place) -> Place:
        """Where a line of a logger that belongs here is, written at ``current``: the narrower of the two."""
        if current.scope.run_id != self.scope.run_id:
            return self
        same_trace = current.span.get_span_context().trace_id == self.span.get_span_context().trace_id
        scope = self.scope if self.scope.stage else current.scope
        return Place(scope, current.span if same_trace else self.span)

    def ids(self) -> tuple[str, str]:
        """Trace and span id in lower-case hex, "" where there is no span."""
        context = self.span.get_span_context()
        return hex_ids(context.trace_id, context.span_id)


@lru_cache(maxsize=256)  # the lines of a stage share their span
def hex_ids(trace_id: int, span_id: int) -> tuple[str, str]:
    """Both ids in lower-case hex, "" for those of no span."""
    if not trace_id or not span_id:
        return "", ""
    return format(trace_id, "032x"), format(span_id, "016x")


def place_in(context: Context) -> Place:
    """The place that ``context`` stands for."""
    return Place(current_scope(context), trace.get_current_span(context))


def bound_logger(scope: Scope, span: trace.Span) -> Logger:
    """A logger whose lines belong to ``scope`` and ``span``, in whatever thread it is used."""
    return logger.bind(**{PLACE_FIELD: Place(scope, span)})

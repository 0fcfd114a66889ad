"""How a block of work ended."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum

from opentelemetry.trace import Span, StatusCode

from almenara.lifecycle import leaving
from almenara.logs.bounds import FieldBounds
from almenara.logs.handler import stack_of

_ABORTING = (KeyboardInterrupt, SystemExit, asyncio.CancelledError)
_LOST_INTERRUPT = "Query interrupted"


class State(StrEnum):
    """State of a stage, and of a run that has ended."""

    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    FAIL = "FAIL"
    ABORT = "ABORT"


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """An exception in words, cut to size."""

    type: str
    message: str
    stack: str

    def as_fields(self) -> dict[str, str]:
        """As part of a log line."""
        return {"error_type": self.type, "error_message": self.message, "stack": self.stack}

    def as_facet(self) -> dict[str, str]:
        """As part of ``almenara_run``."""
        return {"type": self.type, "message": self.message, "stack": self.stack}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The state a block ended in, with the error of one that failed or was aborted."""

    state: State
    error: ErrorInfo | None = None


COMPLETED = Outcome(State.COMPLETE)


def outcome_of(exception: BaseException | None, bounds: FieldBounds) -> Outcome:
    """COMPLETE without an exception; ABORT when the process or task was told to stop, else FAIL.

    A generator that its consumer closes early has done its work.
    """
    if exception is None or isinstance(exception, GeneratorExit):
        return COMPLETED
    error = ErrorInfo(
        type(exception).__name__, bounds.text(str(exception)), bounds.stack(stack_of(exception))
    )
    aborted = isinstance(exception, _ABORTING) or leaving() or _lost_interrupt(exception)
    return Outcome(State.ABORT if aborted else State.FAIL, error)


def _lost_interrupt(exception: BaseException) -> bool:
    """Whether DuckDB had a KeyboardInterrupt in a query, of which its own error keeps no trace but this text.

    A handler of SIGINT could tell, but asyncio and others handle Ctrl-C only where Python's own is in place.
    """
    return isinstance(exception, RuntimeError) and str(exception) == _LOST_INTERRUPT


def mark_span(span: Span, outcome: Outcome, exception: BaseException | None) -> None:
    """Put the outcome of a block that did not complete on its span."""
    if outcome.error is None:
        return
    if exception is not None:
        span.record_exception(exception)
    span.set_status(StatusCode.ERROR, f"{outcome.error.type}: {outcome.error.message}")
    if outcome.state is State.ABORT:
        span.set_attribute("almenara.aborted", True)

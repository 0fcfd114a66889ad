"""Where new trace ids come from: random ones, or the one that a caller asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

_requested: ContextVar[int] = ContextVar("almenara-requested-trace-id", default=0)


class RequestableTraceIds(RandomIdGenerator):
    """Random ids, but within `requested_trace_id` a root span gets the id that was asked for.

    A made-up remote parent would do as well, but then the trace has no root.
    """

    def generate_trace_id(self) -> int:
        """The id of a new trace."""
        return _requested.get() or super().generate_trace_id()

    def is_trace_id_random(self) -> bool:
        """Whether the id of a new trace is random, as W3C's random flag tells the next service."""
        return not _requested.get()


@contextmanager
def requested_trace_id(trace_id: int) -> Iterator[None]:
    """New traces of the block have this id; 0 asks for a random one."""
    token = _requested.set(trace_id)
    try:
        yield
    finally:
        _requested.reset(token)

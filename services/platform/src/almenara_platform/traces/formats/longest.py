"""A bounded number of spans out of any number: the ones that matter most to where time went."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Generic, TypeVar

from almenara_platform.traces.model import Span

T = TypeVar("T")


class LongestSpans(Generic[T]):
    """Keeps every root and the longest other spans, each with what belongs to it, up to ``limit`` in all.

    A child that is waited for is seldom longer than its parent, so that parents stay before their children.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._heap: list[tuple[bool, int, int, Span, T]] = []
        self.seen = 0
        self.longest_left_out_ns = 0

    def add(self, span: Span, companion: T) -> None:
        """Keep the span, or leave out the shortest one."""
        self.seen += 1
        entry = (span.parent_span_id is None, span.duration_ns, -self.seen, span, companion)
        if len(self._heap) < self._limit:
            heapq.heappush(self._heap, entry)
        else:
            left_out = heapq.heappushpop(self._heap, entry)
            self.longest_left_out_ns = max(self.longest_left_out_ns, left_out[1])

    @property
    def left_out(self) -> int:
        """How many spans were not kept."""
        return self.seen - len(self._heap)

    def __iter__(self) -> Iterator[tuple[Span, T]]:
        """The kept spans in the order in which they came."""
        for *_, span, companion in sorted(self._heap, key=lambda entry: -entry[2]):
            yield span, companion

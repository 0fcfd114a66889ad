"""A bounded number of spans out of any number: the ones that matter most to where time went."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import replace
from typing import Generic, TypeVar

from almenara_platform.traces.durations import format_ns
from almenara_platform.traces.model import Span, Trace

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

    def notes(self) -> tuple[str, ...]:
        """What was left out, as a sentence; nothing where every span was kept."""
        if self.seen == len(self._heap):
            return ()
        return (left_out_note(self.seen, len(self._heap), self.longest_left_out_ns),)

    def __iter__(self) -> Iterator[tuple[Span, T]]:
        """The kept spans in the order in which they came."""
        for *_, span, companion in sorted(self._heap, key=lambda entry: -entry[2]):
            yield span, companion


def shortened(trace: Trace, limit: int) -> Trace:
    """The trace with its roots and longest spans only, and a note on the others where there are more."""
    if len(trace.spans) <= limit:
        return trace
    kept: LongestSpans[None] = LongestSpans(limit)
    for span in trace.spans:
        kept.add(span, None)
    spans = tuple(span for span, _ in kept)
    return replace(trace, spans=spans, truncated=True, notes=(*trace.notes, *kept.notes()))


def left_out_note(seen: int, kept: int, longest_ns: int) -> str:
    """The sentence on spans that were left out."""
    return (
        f"{seen - kept:,} of {seen:,} spans were left out to bound the memory: the shortest ones, "
        f"none longer than {format_ns(longest_ns)}. Their time counts as their parents' own."
    )

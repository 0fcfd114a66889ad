"""The critical path of a trace: which span held up its root at each moment.

From the root's end backwards: the child that ended last is what its parent waited for, so the path goes
through it; before its start comes the latest child that had ended by then, and so on; the time between
belongs to the parent. Children count only within the time of their parents, and nobody waits for the
consumer of a message. The idea is that of "CRISP: Critical Path Analysis of Large-Scale Microservice
Architectures" (USENIX ATC 2022).
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from almenara_platform.traces.tree import SpanTree


class Section(NamedTuple):
    """A stretch of the path. Times are Unix nanoseconds within the span, ``end_ns > start_ns``."""

    span_id: str
    start_ns: int
    end_ns: int

    @property
    def duration_ns(self) -> int:
        """Nanoseconds of this stretch."""
        return self.end_ns - self.start_ns


Window: TypeAlias = tuple[int, int, int]
"""A span's number, and from when to when it counts: what is left of it within the windows of its parents."""


def sections(tree: SpanTree, root: int, skew_tolerance_ns: int = 0) -> tuple[Section, ...]:
    """The sections of the path under ``root`` in the order of time.

    They never overlap and their lengths sum to the length of the root exactly. O(n log n), without recursion.
    With ``skew_tolerance_ns`` a span may end that much after the next one on *another* service began and
    still counts as the one before it, because two clocks never agree.
    """
    spans, parents = tree.spans, tree.awaited
    found: list[Section] = []
    pending: list[Window] = [(root, tree.start[root], tree.end[root])]
    while pending:
        window = pending.pop()
        span, start, end = window
        if span in parents:
            pending += split(tree, window, skew_tolerance_ns)
        elif start < end:
            found.append(Section(spans[span if span >= 0 else ~span].span_id, start, end))
    return tuple(found)


def split(tree: SpanTree, parent: Window, skew_tolerance_ns: int = 0) -> list[Window]:
    """The window of ``parent`` from its end to its start: the children it waited for one after the other and,
    under the complement of the parent's own number (which is negative), the gaps between them."""
    span, opens, cursor = parent
    own = ~span
    pieces: list[Window] = []
    follower = own
    for latest, start, _, child in _candidates(tree, parent):
        end = -latest
        if end > cursor:
            if end - cursor > skew_tolerance_ns or start >= cursor or not _apart(tree, child, follower):
                continue
            end = cursor
        elif end < cursor:
            pieces.append((own, end, cursor))
        pieces.append((child, start, end))
        cursor, follower = start, child
    if opens < cursor:
        pieces.append((own, opens, cursor))
    return pieces


def _candidates(tree: SpanTree, parent: Window) -> list[tuple[int, int, str, int]]:
    """The children that have time within the window of ``parent``, clipped to it: (-end, start, id, number).

    The one that ends last comes first; of those that end together the one that starts first.
    """
    spans, starts, ends = tree.spans, tree.start, tree.end
    span, opens, closes = parent
    clipped = []
    for child in tree.awaited[span]:
        start, end = starts[child], ends[child]
        if start < opens:
            start = opens
        if end > closes:
            end = closes
        if start < end:
            clipped.append((-end, start, spans[child].span_id, child))
    clipped.sort()
    return clipped


def _apart(tree: SpanTree, child: int, follower: int) -> bool:
    """Whether the next span on the path runs on another service, so that another clock may have timed it."""
    return follower >= 0 and tree.spans[child].service != tree.spans[follower].service

"""Where a trace failed: from the span that failed for good down to where that began."""

from __future__ import annotations

from almenara_platform.traces.model import Span, StatusCode
from almenara_platform.traces.tree import SpanTree


def failure(tree: SpanTree, root: int, known: bool = False) -> list[Span]:
    """The failed spans on the way down from ``root``, or from the consumer of a message below; [] for none.

    A failed span below one that did not fail was got over, and is none of them, unless it is ``known`` that
    all failed, as of a run whose own span is missing or says nothing. Of several, the last to end counts: an
    error that a later one followed was got over too.
    """
    below = tree.below(root)
    failed = {at for at in below if tree.spans[at].status.code is StatusCode.ERROR}
    heard = {root, *(at for sender in below for at in tree.sent.get(sender, ()))}
    tops = failed & heard
    if known and not tops:
        tops = {at for at in failed if tree.parent[at] not in failed}
    way = []
    while tops:
        at = max(tops, key=lambda each: (tree.end[each], each))
        way.append(tree.spans[at])
        tops = failed.intersection(tree.awaited.get(at, ()))
    return way

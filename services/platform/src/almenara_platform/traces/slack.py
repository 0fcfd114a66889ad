"""How far each span is from the critical path: making a span with slack faster helps nothing by itself."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from almenara_platform.traces.critical_path import Window, split
from almenara_platform.traces.operations import Operation, OperationTime, operation
from almenara_platform.traces.tree import SpanTree


class Slack(NamedTuple):
    """A span could end ``ns`` later before anything waited for it; ``behind`` is what is waited for now."""

    ns: int
    behind: int


@dataclass(frozen=True, slots=True)
class OffPath:
    """An operation of which nothing is on the path.

    Making it faster helps nothing until ``behind`` is at least ``slack_ns`` faster.
    """

    service: str
    name: str
    inclusive_ns: int
    slack_ns: int
    behind: Operation


def slacks(tree: SpanTree, root: int, skew_tolerance_ns: int = 0) -> dict[int, Slack]:
    """The slack of every span under ``root`` that has time within its parents and is off the path.

    A child of a span with slack has that slack, and its own on top where a sibling ends later.
    """
    found: dict[int, Slack] = {}
    pending: list[Window] = [(root, tree.start[root], tree.end[root])]
    while pending:
        window = pending.pop()
        if window[0] not in tree.awaited:
            continue
        outer = found.get(window[0])
        for child, local in _children(tree, window, skew_tolerance_ns):
            pending.append(child)
            if outer:
                found[child[0]] = Slack(outer.ns + (local.ns if local else 0), outer.behind)
            elif local:
                found[child[0]] = local
    return found


def off_path(
    tree: SpanTree, root: int, operations: tuple[OperationTime, ...], skew_tolerance_ns: int = 0
) -> tuple[OffPath, ...]:
    """Operations with nothing on the path and their least slack, the one with the most time first."""
    least: dict[Operation, Slack] = {}
    for span, slack in slacks(tree, root, skew_tolerance_ns).items():
        key = operation(tree.spans[span])
        least[key] = min(slack, least.get(key, slack))
    found = [
        OffPath(at.service, at.name, at.inclusive_ns, slack.ns, operation(tree.spans[slack.behind]))
        for at in operations
        if not at.on_path_ns and (slack := least.get(Operation(at.service, at.name)))
    ]
    return tuple(sorted(found, key=lambda at: (-at.inclusive_ns, at.service, at.name)))


def _children(tree: SpanTree, parent: Window, tolerance_ns: int) -> Iterator[tuple[Window, Slack | None]]:
    """The children with time within the parent's window; those that were not waited for with their slack.

    Such a child ended while one that was waited for still ran.
    """
    pieces = split(tree, parent, tolerance_ns)
    chosen = [piece for piece in reversed(pieces) if piece[0] >= 0]
    yield from ((piece, None) for piece in chosen)
    ends, taken = [end for _, _, end in chosen], {child for child, _, _ in chosen}
    for child in tree.awaited[parent[0]]:
        start, end = max(tree.start[child], parent[1]), min(tree.end[child], parent[2])
        if child not in taken and start < end:
            behind = chosen[min(bisect_left(ends, end), len(chosen) - 1)]
            yield (child, start, end), Slack(max(0, behind[2] - end), behind[0])

"""Breadth-first walks, a level at a time in arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from almenara_platform.lineage.graph.edges import Direction, EdgeFlag, Ints, Layers
from almenara_platform.lineage.graph.marks import Marks
from almenara_platform.lineage.graph.neighbours import Indexes, neighbours
from almenara_platform.lineage.graph.view import View
from almenara_platform.lineage.graph.ways import Ways

Enough = Callable[[int, NDArray[np.integer]], bool]
"""Told the hops and the nodes (ascending) of each level, whether the walk may end there."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What a walk reached: ``nodes`` with their ``hops``, by hops and then node number, starts left out."""

    nodes: Ints
    hops: Ints
    ways: Ways

    def __len__(self) -> int:
        return len(self.nodes)

    def path(self, node: int) -> list[int]:
        """A shortest way from a start to this reached node, both included."""
        return self.ways.to(node)

    def after(self, hops: int, node: int) -> int:
        """The index of the first reached node that comes after this one in the walk's order."""
        low, high = (int(np.searchsorted(self.hops, hops, side=side)) for side in ("left", "right"))
        return low + int(np.searchsorted(self.nodes[low:high], node, side="right"))


def walk(
    view: View,
    starts: Sequence[int],
    direction: Direction,
    avoid: EdgeFlag = EdgeFlag.NONE,
    depth: int | None = None,
    enough: Enough | None = None,
) -> Walk:
    """Every node that the starts lead to over edges without a flag in ``avoid``, within ``depth`` hops.

    The walk ends early, after a whole level, where ``enough`` says so. O(nodes + edges reached), with a byte
    for each node of the whole graph; the ways to the nodes are only looked for when they are asked for.
    """
    levels = [np.array(sorted(set(starts)), dtype=np.intp)]
    seen = view.marks.take(view.nodes)
    for level in _levels(view.layers(direction), levels[0], seen, avoid, depth):
        levels.append(level)
        if enough is not None and enough(len(levels) - 1, level):
            break
    view.marks.give_back(seen, levels)
    sizes = [len(level) for level in levels]
    nodes = np.concatenate(levels, dtype=np.int32, casting="same_kind")
    hops = np.arange(len(levels), dtype=np.int32).repeat(sizes)
    return Walk(nodes[sizes[0] :], hops[sizes[0] :], Ways(view, direction, avoid, nodes, sizes))


def _levels(
    layers: Layers, frontier: Indexes, seen: Marks, avoid: EdgeFlag, depth: int | None
) -> Iterator[Indexes]:
    level = 0
    while len(frontier) and (depth is None or level < depth):
        level += 1
        seen[frontier] = True
        frontier = _unseen(neighbours(layers, frontier, avoid), seen)
        if len(frontier):
            yield frontier


def _unseen(found: Ints, seen: Marks) -> Indexes:
    """Each node that is not seen yet, once, ascending; ``found`` is sorted in place.

    Sorting before looking keeps the looks near each other in memory.
    """
    found.sort()
    nodes = found.astype(np.intp)
    new = ~seen.take(nodes)
    new[1:] &= found[1:] != found[:-1]
    return nodes.compress(new)

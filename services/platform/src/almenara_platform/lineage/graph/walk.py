"""Breadth-first walks, a level at a time in arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from almenara_platform.lineage.graph.edges import Direction, EdgeFlag, Ints
from almenara_platform.lineage.graph.marks import Marks
from almenara_platform.lineage.graph.neighbours import Indexes, neighbours, placed_neighbours
from almenara_platform.lineage.graph.view import View
from almenara_platform.lineage.graph.ways import Ways

# Parents of levels that no more edges lead to cost less to keep than to look for.
_FEW = 4096
_PLACE_BITS = 32
_PLACES = (1 << _PLACE_BITS) - 1
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
    for each node of the whole graph; the ways to most nodes are only looked for when they are asked for.
    """
    levels = [np.array(sorted(set(starts)), dtype=np.intp)]
    search = _Search(view, direction, avoid, kept=0 if enough is None else _FEW)
    for level in search.levels(levels[0], depth):
        levels.append(level)
        if enough is not None and enough(len(levels) - 1, level):
            break
    view.marks.give_back(search.seen, levels)
    sizes = [len(level) for level in levels]
    nodes = np.concatenate(levels, dtype=np.int32, casting="same_kind")
    hops = np.arange(len(levels), dtype=np.int32).repeat(sizes)
    return Walk(
        nodes[sizes[0] :], hops[sizes[0] :], Ways(view, direction, avoid, nodes, sizes, search.parents)
    )


class _Search:
    """Goes on a level at a time.

    ``parents`` has those of levels that at most ``kept`` edges lead to, by their places in the level before.
    """

    def __init__(self, view: View, direction: Direction, avoid: EdgeFlag, kept: int) -> None:
        self.seen = view.marks.take(view.nodes)
        self.parents: dict[int, Indexes] = {}
        self._layers, self._avoid, self._kept = view.layers(direction), avoid, kept

    def levels(self, frontier: Indexes, depth: int | None) -> Iterator[Indexes]:
        """The nodes of each level after the frontier."""
        level = 0
        while len(frontier) and (depth is None or level < depth):
            level += 1
            self.seen[frontier] = True
            frontier = self._next(frontier, level)
            if len(frontier):
                yield frontier

    def _next(self, frontier: Indexes, level: int) -> Indexes:
        # The only node of a level is the parent of all in the next.
        if not 1 < len(frontier) <= self._kept:
            return _unseen(neighbours(self._layers, frontier, self._avoid), self.seen)
        places, found = placed_neighbours(self._layers, frontier, self._avoid)
        if len(found) > self._kept:
            return _unseen(found, self.seen)
        nodes, self.parents[level] = _unseen_placed(found, places, self.seen)
        return nodes


def _unseen(found: Ints, seen: Marks) -> Indexes:
    """Each node that is not seen yet, once, ascending; ``found`` is sorted in place.

    Sorting before looking keeps the looks near each other in memory.
    """
    found.sort()
    nodes = found.astype(np.intp)
    new = ~seen.take(nodes)
    new[1:] &= found[1:] != found[:-1]
    return nodes.compress(new)


def _unseen_placed(found: Ints, places: Indexes, seen: Marks) -> tuple[Indexes, Indexes]:
    """The same, and the least of the places in the level before that an edge to each node comes from."""
    pairs = found.astype(np.int64)
    pairs <<= _PLACE_BITS
    pairs |= places
    pairs.sort()
    nodes = pairs >> _PLACE_BITS
    new = ~seen.take(nodes)
    new[1:] &= nodes[1:] != nodes[:-1]
    return nodes.compress(new), pairs.compress(new) & _PLACES

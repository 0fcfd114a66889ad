"""Shortest ways back from the nodes of a walk, found only for those that are asked for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

import numpy as np

from almenara_platform.lineage.graph.edges import Direction, EdgeFlag, Ints
from almenara_platform.lineage.graph.neighbours import Indexes, placed_neighbours
from almenara_platform.lineage.graph.view import View

_OPPOSITE = {Direction.DOWNSTREAM: Direction.UPSTREAM, Direction.UPSTREAM: Direction.DOWNSTREAM}
_NONE = -1


class Ways:
    """The parent of a node is the neighbour with the least number among those that are a hop nearer.

    ``nodes`` are those of the levels of a walk, ``sizes`` of them at each; the first level is its starts, and
    each is ascending. ``parents`` are those that the walk kept: looking back for a page of nodes costs less
    than keeping a parent for every node of a wide level.
    """

    def __init__(
        self,
        view: View,
        direction: Direction,
        avoid: EdgeFlag,
        nodes: Ints,
        sizes: Sequence[int],
        parents: dict[int, Indexes],
    ) -> None:
        self._edges = view.layers(_OPPOSITE[direction])
        self._avoid = avoid
        self._ends = list(accumulate(sizes))
        self._levels = [nodes[end - size : end] for end, size in zip(self._ends, sizes, strict=True)]
        self._parents = parents

    def parents(self, begin: int, end: int) -> list[int]:
        """The parents of the nodes from one place of the walk to another, starts not counted."""
        found: list[int] = []
        for hops, _, places in self.places(begin, end):
            found += self._levels[hops - 1].take(places).tolist()
        return found

    def places(self, begin: int, end: int) -> Iterator[tuple[int, int, list[int]]]:
        """The same level by level, each parent by the place that it has in the level before.

        Of each level also its hops and the place in it of the first of these nodes.
        """
        begin, end = begin + self._ends[0], end + self._ends[0]
        for hops in range(bisect_right(self._ends, begin), len(self._ends)):
            start = self._ends[hops - 1]
            if start >= end:
                break
            places = np.arange(max(begin, start) - start, min(end, self._ends[hops]) - start)
            yield hops, int(places[0]), self._parents_at(hops, places).take(places).tolist()

    def to(self, node: int) -> list[int]:
        """A shortest way from a start to this reached node, both included; of a start itself, that start."""
        return self.to_place(*self._find(node))

    def to_place(self, hops: int, place: int) -> list[int]:
        """The way to the node at this place of the level that is so many hops away."""
        found = [int(self._levels[hops][place])]
        while hops > 0:
            known = self._parents.get(hops)
            if known is None or known[place] == _NONE:
                known = self._parents_at(hops, np.array([place]))
            hops, place = hops - 1, int(known[place])
            found.append(int(self._levels[hops][place]))
        return found[::-1]

    def _find(self, node: int) -> tuple[int, int]:
        """The hops of a reached node, and its place in that level."""
        for hops, level in enumerate(self._levels):
            place = int(level.searchsorted(node))
            if place < len(level) and level[place] == node:
                return hops, place
        raise KeyError(node)

    def _parents_at(self, hops: int, places: Indexes) -> Indexes:
        """Where in the level before the parents of a level lie, known for the nodes at these places of it."""
        if hops not in self._parents:
            self._parents[hops] = np.full(len(self._levels[hops]), _NONE, dtype=np.intp)
        parents = self._parents[hops]
        unknown = places.compress(parents.take(places) == _NONE)
        if len(unknown):
            parents[unknown] = self._nearest(hops, unknown)
        return parents

    def _nearest(self, hops: int, places: Indexes) -> Indexes:
        nearer = self._levels[hops - 1]
        if len(nearer) == 1:
            return np.zeros(len(places), dtype=np.intp)
        which, found = placed_neighbours(self._edges, self._levels[hops].take(places), self._avoid)
        at = nearer.searchsorted(found)
        a_hop_nearer = nearer.take(at, mode="clip") == found
        parents = np.full(len(places), len(nearer), dtype=np.intp)
        np.minimum.at(parents, which.compress(a_hop_nearer), at.compress(a_hop_nearer))
        return parents

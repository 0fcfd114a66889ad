"""Shortest ways back from the nodes of a walk, found only for those that are asked for."""

from __future__ import annotations

from collections.abc import Sequence
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
    each is ascending. Looking back for a page of nodes costs less than keeping a parent for every node that a
    walk reaches.
    """

    def __init__(
        self, view: View, direction: Direction, avoid: EdgeFlag, nodes: Ints, sizes: Sequence[int]
    ) -> None:
        self._edges = view.layers(_OPPOSITE[direction])
        self._avoid = avoid
        self._ends = list(accumulate(sizes))
        self._levels = [nodes[end - size : end] for end, size in zip(self._ends, sizes, strict=True)]
        self._parents: dict[int, Indexes] = {}

    def parents(self, begin: int, end: int) -> list[int]:
        """The parents of the nodes from one place of the walk to another, starts not counted."""
        found: list[int] = []
        first = self._ends[0]
        for hops, start in enumerate(self._ends[:-1], 1):
            low, high = max(begin + first, start), min(end + first, self._ends[hops])
            if low < high:
                places = np.arange(low - start, high - start)
                parents = self._parents_at(hops, places).take(places)
                found += self._levels[hops - 1].take(parents).tolist()
        return found

    def to(self, node: int) -> list[int]:
        """A shortest way from a start to this reached node, both included; of a start itself, that start."""
        hops, place = self._find(node)
        found = [node]
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
        which, found = placed_neighbours(self._edges, self._levels[hops].take(places), self._avoid)
        at = nearer.searchsorted(found)
        a_hop_nearer = nearer.take(at, mode="clip") == found
        parents = np.full(len(places), len(nearer), dtype=np.intp)
        np.minimum.at(parents, which.compress(a_hop_nearer), at.compress(a_hop_nearer))
        return parents

"""Shortest ways back from the nodes of a walk, found only for those that are asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from almenara_platform.lineage.graph.edges import Direction, EdgeFlag, Ints
from almenara_platform.lineage.graph.neighbours import placed_neighbours
from almenara_platform.lineage.graph.view import View

_OPPOSITE = {Direction.DOWNSTREAM: Direction.UPSTREAM, Direction.UPSTREAM: Direction.DOWNSTREAM}
_FURTHEST = np.iinfo(np.int32).max


class Ways:
    """The parent of a node is the neighbour with the least number among those that are a hop nearer.

    Looking back for a page of nodes costs less than keeping a parent for every node that a walk reaches.
    """

    def __init__(
        self,
        view: View,
        direction: Direction,
        avoid: EdgeFlag,
        starts: NDArray[np.integer],
        nodes: Ints,
        hops: Ints,
    ) -> None:
        self._layers = view.layers(_OPPOSITE[direction])
        self._avoid = avoid
        self._starts, self._nodes, self._hops = starts, nodes, hops
        self._count = view.nodes
        # Of every node of the graph, once a way is asked for: zeros for all take as long as a typical walk.
        self._parents = self._distances = np.empty(0, dtype=np.int32)

    def parents_of(self, nodes: NDArray[np.integer]) -> list[int]:
        """The parent of each of these reached nodes, none of which is a start."""
        self._trace(nodes)
        return (self._parents.take(nodes) - 1).tolist()

    def to(self, node: int) -> list[int]:
        """A shortest way from a start to this reached node, both included; of a start itself, that start."""
        self._measure()
        way = [node]
        if self._distances[node] > 1:
            self._trace(np.array([node]))
        while parent := int(self._parents[way[-1]]):
            way.append(parent - 1)
        return way[::-1]

    def _trace(self, nodes: NDArray[np.integer]) -> None:
        """Have the parents of these nodes, and of all on the ways to them."""
        self._measure()
        while len(nodes := nodes[self._parents.take(nodes) == 0]):
            nearer = self._nearer(nodes)
            self._parents[nodes] = nearer + 1
            nodes = np.unique(nearer.compress(self._distances.take(nearer) > 1))

    def _nearer(self, nodes: NDArray[np.integer]) -> Ints:
        places, found = placed_neighbours(self._layers, nodes, self._avoid)
        a_hop_nearer = self._distances.take(found) == (self._distances.take(nodes) - 1).take(places)
        parents = np.full(len(nodes), _FURTHEST, dtype=np.int32)
        np.minimum.at(parents, places.compress(a_hop_nearer), found.compress(a_hop_nearer))
        return parents

    def _measure(self) -> None:
        """Keep hops and one of each reached node, one of a start, nought of every other node."""
        if not len(self._distances):
            self._parents = np.zeros(self._count, dtype=np.int32)
            self._distances = np.zeros(self._count, dtype=np.int32)
            self._distances[self._starts] = 1
            self._distances[self._nodes] = self._hops + 1

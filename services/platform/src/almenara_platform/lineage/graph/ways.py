"""Shortest ways back from the nodes of a walk, found only for those that are asked for."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from almenara_platform.lineage.graph.edges import Direction, EdgeFlag, Ints
from almenara_platform.lineage.graph.neighbours import placed_neighbours
from almenara_platform.lineage.graph.view import View

_OPPOSITE = {Direction.DOWNSTREAM: Direction.UPSTREAM, Direction.UPSTREAM: Direction.DOWNSTREAM}
_FURTHEST = np.iinfo(np.int32).max
_NONE = -1


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
        self._count = view.nodes
        self._walked = starts, nodes, hops

    def parents_of(self, nodes: NDArray[np.integer]) -> list[int]:
        """The parent of each of these reached nodes, none of which is a start."""
        self._trace(nodes)
        return self._reached.parents_of(nodes).tolist()

    def to(self, node: int) -> list[int]:
        """A shortest way from a start to this reached node, both included; of a start itself, that start."""
        way = np.array([node])
        if self._reached.hops_of(way)[0] > 0:
            self._trace(way)
        found = [node]
        while (parent := self._reached.parent_of(found[-1])) != _NONE:
            found.append(parent)
        return found[::-1]

    @cached_property
    def _reached(self) -> _Reached:
        return _Reached(self._count, *self._walked)

    def _trace(self, nodes: NDArray[np.integer]) -> None:
        """Have the parents of these nodes, and of all on the ways to them."""
        reached = self._reached
        while len(nodes := nodes[reached.parents_of(nodes) == _NONE]):
            nearer = self._nearer(nodes)
            reached.put_parents(nodes, nearer)
            nodes = np.unique(nearer.compress(reached.hops_of(nearer) > 0))

    def _nearer(self, nodes: NDArray[np.integer]) -> Ints:
        places, found = placed_neighbours(self._layers, nodes, self._avoid)
        hops = self._reached.hops_of(nodes) - 1
        a_hop_nearer = self._reached.hops_of(found) == hops.take(places)
        parents = np.full(len(nodes), _FURTHEST, dtype=np.int32)
        np.minimum.at(parents, places.compress(a_hop_nearer), found.compress(a_hop_nearer))
        return parents


class _Reached:
    """What is known of the nodes that a walk reached, starts included, by node.

    ``_places`` has an entry for each node of the graph and is never cleared, which would take longer than a
    typical walk: an entry counts where the place that it names is that of the node.
    """

    def __init__(self, count: int, starts: NDArray[np.integer], nodes: Ints, hops: Ints) -> None:
        self._nodes = np.concatenate((starts, nodes), dtype=np.int32, casting="same_kind")
        self._hops = np.concatenate((np.zeros(len(starts), dtype=np.int32), hops))
        self._parents = np.full(len(self._nodes), _NONE, dtype=np.int32)
        self._places = np.empty(count, dtype=np.int32)
        self._places[self._nodes] = np.arange(len(self._nodes), dtype=np.int32)

    def hops_of(self, nodes: NDArray[np.integer]) -> Ints:
        """Hops of each node, less than nought where it was not reached."""
        places = self._places.take(nodes)
        hops = self._hops.take(places, mode="clip")
        hops[self._nodes.take(places, mode="clip") != nodes] = _NONE
        return hops

    def parents_of(self, nodes: NDArray[np.integer]) -> Ints:
        """The parent of each reached node, ``_NONE`` where none is put."""
        return self._parents.take(self._places.take(nodes))

    def parent_of(self, node: int) -> int:
        """The same of one node."""
        return int(self._parents[self._places[node]])

    def put_parents(self, nodes: NDArray[np.integer], parents: Ints) -> None:
        """Keep the parents of reached nodes."""
        self._parents[self._places.take(nodes)] = parents

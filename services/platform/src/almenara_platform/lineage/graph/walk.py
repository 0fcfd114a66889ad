"""Breadth-first walks, a level at a time in arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from almenara_platform.lineage.graph.edges import Adjacency, Bytes, Direction, EdgeFlag, Ints
from almenara_platform.lineage.graph.view import View


@dataclass(frozen=True, slots=True)
class Walk:
    """What a walk reached: ``nodes`` with their ``hops``, by hops and then node number, starts left out.

    ``parents[node]`` is the node it was first reached from; it is only meaningful for reached nodes.
    """

    nodes: Ints
    hops: Ints
    parents: Ints
    starts: frozenset[int]

    def __len__(self) -> int:
        return len(self.nodes)

    def path(self, node: int) -> list[int]:
        """A shortest way from a start to this reached node, both included."""
        way = [node]
        while way[-1] not in self.starts:
            way.append(int(self.parents[way[-1]]))
        return way[::-1]

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
) -> Walk:
    """Every node that the starts lead to over edges without a flag in ``avoid``, within ``depth`` hops.

    O(nodes + edges reached) plus one byte and two untouched ints a node of the whole graph.
    """
    seen = np.zeros(view.nodes, dtype=np.bool_)
    parents = np.empty(view.nodes, dtype=np.int32)
    frontier = np.unique(np.asarray(starts, dtype=np.int32))
    seen[frontier] = True
    levels = list(_levels(view, frontier, direction, avoid, depth, seen, parents))
    nodes = np.concatenate(levels) if levels else np.empty(0, dtype=np.int32)
    hops = np.repeat(np.arange(1, len(levels) + 1, dtype=np.int32), [len(level) for level in levels])
    return Walk(nodes, hops, parents, frozenset(frontier.tolist()))


def edges_from(
    view: View, nodes: Ints, direction: Direction, avoid: EdgeFlag = EdgeFlag.NONE
) -> tuple[Ints, Ints]:
    """Every edge that leaves these nodes: where it leaves from, and where it leads to."""
    found, origins = _neighbours(view.layers(direction), nodes, avoid)
    return origins, found


def _levels(
    view: View,
    frontier: Ints,
    direction: Direction,
    avoid: EdgeFlag,
    depth: int | None,
    seen: np.ndarray,
    parents: Ints,
) -> Iterator[Ints]:
    level = 0
    layers = view.layers(direction)
    places = np.empty(view.nodes, dtype=np.int32)
    while len(frontier) and (depth is None or level < depth):
        level += 1
        found, origins = _neighbours(layers, frontier, avoid)
        fresh = ~seen[found]
        found, origins = found[fresh], origins[fresh]
        first = _first(found, places)
        frontier = found[first]
        parents[frontier] = origins[first]
        seen[frontier] = True
        frontier.sort()
        if len(frontier):
            yield frontier


def _first(nodes: Ints, places: Ints) -> np.ndarray:
    """Where each node occurs for the first time; ``places`` is scratch room for one number a node."""
    here = np.arange(len(nodes), dtype=np.int32)
    # Written backwards, so that of several places the first one stays.
    places[nodes[::-1]] = here[::-1]
    return places[nodes] == here


def _neighbours(layers: Sequence[Adjacency], frontier: Ints, avoid: EdgeFlag) -> tuple[Ints, Ints]:
    parts = [_layer_neighbours(layer, frontier, avoid) for layer in layers]
    if len(parts) == 1:
        return parts[0]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _layer_neighbours(layer: Adjacency, frontier: Ints, avoid: EdgeFlag) -> tuple[Ints, Ints]:
    starts, counts = layer.ranges(frontier)
    positions = _positions(starts, counts)
    found, origins = layer.targets[positions], np.repeat(frontier, counts)
    if not avoid:
        return found, origins
    allowed = _without(layer.flags[positions], avoid)
    return found[allowed], origins[allowed]


def _positions(starts: Ints, counts: Ints) -> np.ndarray:
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(starts - (ends - counts), counts)


def _without(flags: Bytes, avoid: EdgeFlag) -> np.ndarray:
    return (flags & np.uint8(avoid)) == 0

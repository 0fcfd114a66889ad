"""The edges that leave many nodes at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from almenara_platform.lineage.graph.edges import (
    MANY_EDGES,
    Adjacency,
    Csr,
    Direction,
    EdgeFlag,
    Ints,
    Layers,
)
from almenara_platform.lineage.graph.view import View

Indexes = NDArray[np.intp]
# Below this many nodes, fewer calls of numpy are worth more than fewer repeated elements.
_MANY = 4096


def edges_from(
    view: View, nodes: Ints, direction: Direction, avoid: EdgeFlag = EdgeFlag.NONE
) -> tuple[Ints, Ints]:
    """Every edge that leaves these nodes: where it leaves from, and where it leads to."""
    places, found = placed_neighbours(view.layers(direction), nodes, avoid)
    return nodes[places], found


def placed_neighbours(layers: Layers, nodes: NDArray[np.integer], avoid: EdgeFlag) -> tuple[Indexes, Ints]:
    """Where each edge leads to, and the place in ``nodes`` of the node that it leaves from."""
    parts = [_placed(layer, nodes, avoid) for layer in layers]
    if len(parts) == 1:
        return parts[0]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def neighbours(layers: Layers, nodes: Indexes, avoid: EdgeFlag) -> Ints:
    """Where the edges that leave these nodes lead to, one entry an edge, in no order."""
    base, *newest = layers
    parts = [_targets(base, _unordered(base, nodes), avoid)[1]]
    parts += [_targets(layer, _positions(*layer.ranges(nodes)), avoid)[1] for layer in newest]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _placed(layer: Adjacency, nodes: NDArray[np.integer], avoid: EdgeFlag) -> tuple[Indexes, Ints]:
    starts, counts = layer.ranges(nodes)
    allowed, found = _targets(layer, _positions(starts, counts), avoid)
    places = np.arange(len(nodes)).repeat(counts)
    return (places if allowed is None else places.compress(allowed)), found


def _targets(layer: Adjacency, positions: Indexes, avoid: EdgeFlag) -> tuple[NDArray[np.bool_] | None, Ints]:
    """Which edges are allowed (None: all of them), and where those lead to."""
    found = layer.targets.take(positions)
    if not avoid:
        return None, found
    allowed = (layer.flags.take(positions) & np.uint8(avoid)) == 0
    return allowed, found.compress(allowed)


def _unordered(base: Csr, nodes: Indexes) -> Indexes:
    """Where the edges of each node lie: the first of each, then the second, then all others.

    Most of many nodes have no edge or one or two, which need not be counted out.
    """
    if len(nodes) < _MANY:
        return _positions(*base.ranges(nodes))
    degrees = base.degrees.take(nodes, mode="clip")
    some = np.flatnonzero(degrees > 0)
    nodes, degrees = nodes.take(some), degrees.take(some)
    first = base.offsets.take(nodes)
    second = first.compress(degrees > 1) + 1
    more = np.flatnonzero(degrees == MANY_EDGES)
    third = first.take(more) + 2
    others = _positions(third, base.offsets.take(nodes.take(more) + 1) - third)
    return np.concatenate((first, second, others))


def _positions(starts: Ints, counts: Ints) -> Indexes:
    """Where the edges of each node lie, node after node."""
    if len(starts) == 1:
        return np.arange(starts[0], starts[0] + counts[0])
    ends = counts.cumsum(dtype=np.intp)
    positions = np.arange(ends[-1] if len(ends) else 0)
    ends -= counts
    positions += (starts - ends).repeat(counts)
    return positions

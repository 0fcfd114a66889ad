"""The edges that leave many nodes at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from almenara_platform.lineage.graph.edges import Adjacency, Direction, EdgeFlag, Ints
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


def placed_neighbours(
    layers: Sequence[Adjacency], nodes: NDArray[np.integer], avoid: EdgeFlag
) -> tuple[Indexes, Ints]:
    """Where each edge leads to, and the place in ``nodes`` of the node that it leaves from."""
    parts = [_placed(layer, nodes, avoid) for layer in layers]
    if len(parts) == 1:
        return parts[0]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def neighbours(layers: Sequence[Adjacency], nodes: NDArray[np.integer], avoid: EdgeFlag) -> Ints:
    """Where the edges that leave these nodes lead to, one entry an edge, in no order."""
    parts = [_targets(layer, _unordered(*layer.ranges(nodes)), avoid)[1] for layer in layers]
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


def _unordered(starts: Ints, counts: Ints) -> Indexes:
    """The same positions in another order: of many nodes, most have no edge or one to be put down."""
    if len(starts) < _MANY:
        return _positions(starts, counts)
    some = np.flatnonzero(counts > 0)
    starts, counts = starts.take(some), counts.take(some)
    more = np.flatnonzero(counts > 1)
    return np.concatenate((starts, _positions(starts.take(more) + 1, counts.take(more) - 1)))


def _positions(starts: Ints, counts: Ints) -> Indexes:
    """Where the edges of each node lie, node after node."""
    if len(starts) == 1:
        return np.arange(starts[0], starts[0] + counts[0])
    ends = counts.cumsum(dtype=np.intp)
    positions = np.arange(ends[-1] if len(ends) else 0)
    ends -= counts
    positions += (starts - ends).repeat(counts)
    return positions

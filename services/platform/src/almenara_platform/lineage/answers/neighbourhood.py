"""The graph around a dataset as a picture needs it: small at first, opened node by node."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from almenara_platform.lineage.facts import Entity, Kind
from almenara_platform.lineage.graph import Direction, walk
from almenara_platform.lineage.index import Snapshot

MOST_NODES = 200
_STEPS_A_HOP = 2


@dataclass(slots=True)
class Neighbourhood:
    """Datasets by number with their layer (0 is the asked one, below 0 upstream), and edges between them.

    ``more`` is how many were left out beyond ``MOST_NODES``.
    """

    layers: dict[int, int] = field(default_factory=dict)
    edges: set[tuple[int, int]] = field(default_factory=set)
    more: int = 0


def neighbourhood(
    snapshot: Snapshot,
    center: int,
    depth: int = 1,
    opened: Iterable[Entity] = (),
    directions: Iterable[Direction] = tuple(Direction),
) -> Neighbourhood:
    """Datasets within ``depth`` hops of the center, and one hop around each opened dataset among them."""
    found = Neighbourhood({center: 0})
    for direction in directions:
        _grow(snapshot, found, center, depth, direction)
    for entity in opened:
        number = snapshot.entity(entity)
        if number is not None and number in found.layers:
            for direction in Direction:
                _grow(snapshot, found, number, 1, direction)
    return found


def _grow(snapshot: Snapshot, found: Neighbourhood, start: int, depth: int, direction: Direction) -> None:
    sign = 1 if direction is Direction.DOWNSTREAM else -1
    base = found.layers[start]
    reached = walk(snapshot.flows, [start], direction, depth=depth * _STEPS_A_HOP)
    for node, steps in zip(reached.nodes.tolist(), reached.hops.tolist(), strict=True):
        if snapshot.names.entities[node].kind is not Kind.DATASET:
            continue
        if node not in found.layers and len(found.layers) >= MOST_NODES:
            found.more += 1
            continue
        found.layers.setdefault(node, base + sign * (steps // _STEPS_A_HOP))
        before = reached.path(node)[-1 - _STEPS_A_HOP]
        if before in found.layers:
            found.edges.add((before, node) if sign > 0 else (node, before))

"""In what order datasets are erased: every copy before what it was made from."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from almenara_platform.lineage.graph import Direction, EdgeFlag, edges_from
from almenara_platform.lineage.index import Snapshot

Ints = NDArray[np.int32]


def erase_steps(snapshot: Snapshot, nodes: Ints, avoid: EdgeFlag) -> dict[int, int]:
    """The step of each dataset that these nodes are columns of; a step only needs the smaller ones done.

    Datasets that are made from one another in a circle have the same step. O(edges among the nodes).
    """
    sources, targets = edges_from(snapshot.columns, nodes, Direction.DOWNSTREAM, avoid)
    inside = np.isin(targets, nodes)
    entities = np.unique(snapshot.datasets_of(nodes))
    ends = [np.searchsorted(entities, snapshot.datasets_of(side[inside])) for side in (sources, targets)]
    count, circles = _circles(ends[0], ends[1], len(entities))
    levels = _levels(circles[ends[0]], circles[ends[1]], count)
    return {int(entity): levels[circle] for entity, circle in zip(entities, circles, strict=True)}


def _circles(sources: Ints, targets: Ints, count: int) -> tuple[int, Ints]:
    matrix = coo_array((np.ones(len(sources), dtype=np.int8), (sources, targets)), shape=(count, count))
    return connected_components(matrix, directed=True, connection="strong")


def _levels(sources: Ints, targets: Ints, count: int) -> list[int]:
    """1 for what nothing is made from, else one more than the greatest level among what is made from it."""
    pairs = np.unique(np.stack((sources, targets), axis=1)[sources != targets], axis=0).tolist()
    made_from: dict[int, list[int]] = defaultdict(list)
    waiting = [0] * count
    for source, target in pairs:
        made_from[target].append(source)
        waiting[source] += 1
    levels = [1] * count
    ready = [circle for circle in range(count) if waiting[circle] == 0]
    while ready:
        target = ready.pop()
        for source in made_from[target]:
            levels[source] = max(levels[source], levels[target] + 1)
            waiting[source] -= 1
            if waiting[source] == 0:
                ready.append(source)
    return levels

"""In what order datasets are erased: every copy before what it was made from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import rustworkx as rx
from numpy.typing import NDArray

from almenara_platform.lineage.graph import Direction, EdgeFlag, edges_from
from almenara_platform.lineage.index import Snapshot

Ints = NDArray[np.integer]


def erase_steps(
    snapshot: Snapshot, nodes: Ints, avoid: EdgeFlag, copies: Sequence[tuple[int, int]] = ()
) -> dict[int, int]:
    """The step of each dataset that these nodes are columns of; a step only needs the smaller ones done.

    ``copies`` are pairs of such datasets, each made from the other, of which no column edge tells. Datasets
    that are made from one another in a circle have the same step. O(edges among the nodes).
    """
    sources, targets = edges_from(snapshot.columns, nodes, Direction.DOWNSTREAM, avoid)
    inside = np.isin(targets, nodes)
    entities = np.unique(snapshot.datasets_of(nodes))
    whole = np.array(copies, dtype=np.int32).reshape(-1, 2).T
    made, of = (
        np.searchsorted(entities, np.concatenate((snapshot.datasets_of(side[inside]), more)))
        for side, more in zip((targets, sources), whole, strict=True)
    )
    circles = _circles(_graph(made, of, len(entities)))
    steps = _steps(_graph(circles[made], circles[of], len(entities)))
    return dict(zip(entities.tolist(), steps[circles].tolist(), strict=True))


def _graph(starts: Ints, ends: Ints, count: int) -> rx.PyDiGraph:
    """Nodes 0 to ``count`` - 1; edges that come twice, or lead to where they start, are left out."""
    pairs = np.unique((starts.astype(np.int64) * count + ends)[starts != ends])
    graph = rx.PyDiGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from_no_data(list(zip((pairs // count).tolist(), (pairs % count).tolist(), strict=True)))
    return graph


def _circles(graph: rx.PyDiGraph) -> Ints:
    """The number of the circle that each node is in; one that is in none has a number of its own."""
    circles = np.zeros(graph.num_nodes(), dtype=np.int64)
    for number, members in enumerate(rx.strongly_connected_components(graph)):
        circles[members] = number
    return circles


def _steps(graph: rx.PyDiGraph) -> Ints:
    """1 for what nothing is made from, else one more than the greatest among what is made from it."""
    steps = np.ones(graph.num_nodes(), dtype=np.int64)
    for step, generation in enumerate(rx.topological_generations(graph), start=1):
        steps[generation] = step
    return steps

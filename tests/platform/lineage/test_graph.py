"""The graph in memory, compared with networkx."""

from __future__ import annotations

from importlib import import_module
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from almenara_platform.lineage.graph import Direction, EdgeFlag, EdgeList, Graph, walk

NODES = 24
edges_of = st.lists(
    st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1), st.sampled_from([0, 1, 2, 3])),
    max_size=80,
)


def reference(edges, start, direction, avoid, depth):
    """Hops by node as networkx finds them."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(NODES))
    graph.add_edges_from((source, target) for source, target, flag in edges if not flag & avoid)
    if direction is Direction.UPSTREAM:
        graph = graph.reverse()
    hops = nx.single_source_shortest_path_length(graph, start, cutoff=depth)
    return {node: count for node, count in hops.items() if node != start}


@settings(max_examples=1000, deadline=None)
@given(
    edges=edges_of,
    start=st.integers(0, NODES - 1),
    direction=st.sampled_from(list(Direction)),
    avoid=st.integers(0, 3).map(EdgeFlag),
    depth=st.one_of(st.none(), st.integers(0, 6)),
    cut=st.integers(0, 80),
)
def test_walk_equals_networkx(edges, start, direction, avoid, depth, cut):
    """A walk finds the nodes and hops that networkx finds, however the edges are spread over appends."""
    graph = Graph()
    graph.append(edges[:cut], NODES)
    graph.append(edges[cut:], NODES)
    found = walk(graph.view(), [start], direction, avoid, depth)
    hops = dict(zip(found.nodes.tolist(), found.hops.tolist(), strict=True))
    assert hops == reference(edges, start, direction, avoid, depth)


@pytest.mark.parametrize("avoid", [EdgeFlag.NONE, EdgeFlag.MASKED])
@pytest.mark.parametrize("direction", Direction)
def test_walk_over_wide_levels_equals_networkx(direction, avoid):
    """Levels of many thousand nodes, with no, one or many edges each, hold each node once, ascending.

    Some thousand of them are newer than the edges that were folded.
    """
    random = np.random.default_rng(3)
    count = 20_000
    some = np.column_stack((random.integers(0, count, (30_000, 2)), random.choice([0, 2], 30_000)))
    spokes = range(1, 6_000)
    edges = [*map(tuple, some.tolist()), *((0, n, 0) for n in spokes), *((n, 0, 0) for n in spokes)]
    graph = Graph()
    half = len(edges) // 2
    graph.append(edges[:half], count)
    graph.settle()
    new = [pair for n in range(count, count + 5_000) for pair in ((0, n, 0), (n, n - 15_000, 0))]
    edges += new if direction is Direction.DOWNSTREAM else [(target, source, 0) for source, target, _ in new]
    graph.append(edges[half:], count + 5_000)
    found = walk(graph.view(), [0], direction, avoid)
    assert max(np.bincount(found.hops)) > 5_000
    reached = list(zip(found.hops.tolist(), found.nodes.tolist(), strict=True))
    hops = reference(edges, 0, direction, avoid, None)
    assert reached == sorted((hops, node) for node, hops in hops.items())


@settings(max_examples=300, deadline=None)
@given(
    edges=edges_of,
    start=st.integers(0, NODES - 1),
    direction=st.sampled_from(list(Direction)),
    avoid=st.integers(0, 3).map(EdgeFlag),
)
def test_each_node_has_a_witness_path(edges, start, direction, avoid):
    """A path goes from the start to the node, over edges that are allowed, as long as the hops say."""
    graph = Graph()
    graph.append(edges[:10], NODES)
    graph.append(edges[10:], NODES)
    found = walk(graph.view(), [start], direction, avoid)
    allowed = {(source, target) for source, target, flag in edges if not flag & avoid}
    for node, hops in zip(found.nodes.tolist(), found.hops.tolist(), strict=True):
        path = found.path(node)
        assert (path[0], path[-1], len(path)) == (start, node, hops + 1)
        assert all(
            (step if direction is Direction.DOWNSTREAM else step[::-1]) in allowed for step in pairwise(path)
        )
    assert found.path(start) == [start]


@settings(max_examples=200, deadline=None)
@given(edges=edges_of, starts=st.lists(st.integers(0, NODES - 1), max_size=3), most=st.integers(0, NODES))
def test_a_walk_may_end_early(edges, starts, most):
    """A walk that is told to end after a level has what the whole walk has up to there."""
    graph = Graph()
    graph.append(edges, NODES)
    whole = walk(graph.view(), starts, Direction.DOWNSTREAM)
    seen: list[int] = []

    def enough(hops, nodes):
        seen.extend(nodes.tolist())
        return len(seen) > most

    part = walk(graph.view(), starts, Direction.DOWNSTREAM, enough=enough)
    assert part.nodes.tolist() == seen == whole.nodes.tolist()[: len(seen)]
    assert len(seen) > most or len(seen) == len(whole)
    assert [part.path(node) for node in seen] == [whole.path(node) for node in seen]


@pytest.mark.parametrize("avoid", [EdgeFlag.NONE, EdgeFlag.MASKED])
@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("kept", [0, 100, 10**6])
def test_the_parent_is_the_least_that_is_a_hop_nearer(kept, direction, avoid, monkeypatch):
    """Whether a walk kept the parents of no, of narrow or of all levels, some of their edges folded."""
    monkeypatch.setattr(import_module("almenara_platform.lineage.graph.walk"), "_FEW", kept)
    random = np.random.default_rng(8)
    table = np.column_stack((random.integers(0, 600, (3_200, 2)), random.choice([0, 2], 3_200)))
    edges = list(map(tuple, table.tolist()))
    graph = Graph(EdgeList.of(edges[:1_000]), 600)
    graph.append(edges[1_000:], 600)
    found = walk(graph.view(), [0, 7], direction, avoid, enough=lambda hops, nodes: False)
    hops = dict(zip(found.nodes.tolist(), found.hops.tolist(), strict=True)) | {0: 0, 7: 0}
    assert max(np.bincount(found.hops)) > 100
    ends = [
        (a, b) if direction is Direction.DOWNSTREAM else (b, a) for a, b, flag in edges if not flag & avoid
    ]
    for node in found.nodes.tolist():
        nearer = min(a for a, b in ends if b == node and hops.get(a) == hops[node] - 1)
        assert found.path(node)[-2:] == [nearer, node]


def test_diamond_ladder_has_each_node_once():
    """Eighty edges of stacked diamonds have 2^20 paths and are walked in one pass."""
    edges = []
    for rung in range(20):
        top = 3 * rung
        edges += [(top, top + 1, 0), (top, top + 2, 0), (top + 1, top + 3, 0), (top + 2, top + 3, 0)]
    graph = Graph()
    graph.append(edges, 61)
    found = walk(graph.view(), [0], Direction.DOWNSTREAM)
    assert sorted(found.nodes.tolist()) == list(range(1, 61))
    assert len(edges) == 80


def test_a_view_does_not_change():
    """Readers that hold a view are not disturbed by later appends and folds."""
    graph = Graph(fold_at=2)
    graph.append([(0, 1, 0)], 2)
    before = graph.view()
    graph.append([(1, 2, 0), (2, 3, 0)], 4)
    graph.settle()
    assert walk(before, [0], Direction.DOWNSTREAM).nodes.tolist() == [1]
    assert walk(graph.view(), [0], Direction.DOWNSTREAM).nodes.tolist() == [1, 2, 3]


@pytest.mark.parametrize("index", range(5))
def test_after_finds_the_next_item(index):
    """The position after a (hops, node) pair is the one that the pair's successor has."""
    graph = Graph()
    graph.append([(0, 4, 0), (0, 2, 0), (4, 1, 0), (2, 3, 0), (3, 5, 0)], 6)
    found = walk(graph.view(), [0], Direction.DOWNSTREAM)
    assert found.after(int(found.hops[index]), int(found.nodes[index])) == index + 1

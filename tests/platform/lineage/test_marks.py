"""Marks that one walk leaves to the next."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.platform.lineage.test_graph import NODES, edges_of, reference

from almenara_platform.lineage.graph import Direction, EdgeFlag, Enough, Graph, walk
from almenara_platform.lineage.graph import marks as marks_module
from almenara_platform.lineage.graph.marks import SpareMarks

asked = st.tuples(
    st.integers(0, NODES - 1), st.sampled_from(list(Direction)), st.one_of(st.none(), st.integers(0, NODES))
)


def until(most: int | None) -> Enough:
    """Ends a walk that has reached more nodes than these; None ends none."""
    reached: list[int] = []

    def enough(_, nodes):
        reached.extend(nodes.tolist())
        return most is not None and len(reached) > most

    return enough


@settings(max_examples=200, deadline=None)
@given(edges=edges_of, questions=st.lists(asked, min_size=2, max_size=6), cut=st.integers(0, 80))
def test_walks_after_one_another_equal_networkx(edges, questions, cut):
    """What a walk has seen, whole or ended early, is new to the next one, also when the graph has grown."""
    graph = Graph()
    graph.append(edges[:cut], NODES)
    for start, direction, most in questions:
        found = walk(graph.view(), [start], direction, enough=until(most))
        hops = reference(edges[:cut], start, direction, EdgeFlag.NONE, None)
        expected = sorted((count, node) for node, count in hops.items())
        assert list(zip(found.hops.tolist(), found.nodes.tolist(), strict=True)) == expected[: len(found)]
        assert len(found) == len(expected) or len(found) > most
        graph.append(edges[cut:], NODES)
        cut = len(edges)


@pytest.mark.parametrize("many", [0, 10**9])
def test_marks_come_back_clear(many, monkeypatch):
    """Whether few or many were set, none is when the same marks are taken again."""
    monkeypatch.setattr(marks_module, "_MANY", many)
    spare = SpareMarks()
    marks = spare.take(100)
    marks[[3, 70]] = marks[[99]] = True
    spare.give_back(marks, [np.array([3, 70]), np.array([99])])
    again = spare.take(100)
    assert again is marks
    assert not again.any()


def test_each_walk_has_marks_of_its_own():
    """Marks that were taken and not given back are nobody else's."""
    spare = SpareMarks()
    spare.give_back(spare.take(10), [])
    first, second = spare.take(10), spare.take(10)
    first[:] = True
    assert not second.any()


def test_marks_reach_to_the_newest_node():
    """A graph that outgrew the marks gets larger ones, and no more are kept than a few walks use."""
    spare = SpareMarks()
    spare.give_back(spare.take(5), [])
    assert len(spare.take(10**6)) >= 10**6
    taken = [spare.take(5) for _ in range(50)]
    for marks in taken:
        spare.give_back(marks, [])
    kept = {id(marks) for marks in taken} & {id(spare.take(5)) for _ in range(50)}
    assert 0 < len(kept) < 10

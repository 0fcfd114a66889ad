"""The order in which datasets are erased, compared with networkx."""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.platform.events import NOON
from tests.platform.lineage.lineage_events import wrote

from almenara_platform.lineage.answers.erase_order import erase_steps
from almenara_platform.lineage.graph import EdgeFlag
from almenara_platform.lineage.index import LineageIndex
from almenara_platform.store.memory import MemoryLineageStore

NAMES = st.sampled_from("abcdefgh")
Copies = list[tuple[str, str]]


def steps(copies: Copies) -> dict[str, int]:
    """The step of each dataset by name; each pair is a source and what its column was copied to."""
    store = MemoryLineageStore()
    store.apply(
        [
            wrote(copy, (f"{source}.x", "x"), job=f"{source}-{copy}", number=number)
            for number, (source, copy) in enumerate(copies, 1)
        ],
        NOON,
    )
    snapshot = LineageIndex(store.ledger).snapshot()
    nodes = np.flatnonzero([column == "x" for column in snapshot.names.node_columns])
    found = erase_steps(snapshot, nodes, EdgeFlag(0))
    return {snapshot.names.entities[entity][2]: step for entity, step in found.items()}


def expected(copies: Copies) -> dict[str, int]:
    """The same as networkx has it: the longest way to a copy of which there is no other."""
    graph = nx.DiGraph((copy, source) for source, copy in copies)
    circles = nx.condensation(graph)
    levels: dict[int, int] = {}
    for circle in nx.topological_sort(circles):
        levels[circle] = 1 + max((levels[before] for before in circles.predecessors(circle)), default=0)
    return {name: levels[circle] for name, circle in circles.graph["mapping"].items()}


def test_a_copy_goes_before_all_that_it_was_made_from() -> None:
    """The longest of several ways counts, and those who copy from each other go together."""
    copies = [("raw", "a"), ("a", "b"), ("raw", "b"), ("b", "back"), ("back", "b"), ("other", "a")]
    assert steps(copies) == {"b": 1, "back": 1, "a": 2, "raw": 3, "other": 3}


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=14))
def test_steps_equal_those_of_networkx(copies: Copies) -> None:
    """With circles, copies that come twice and datasets that are made from themselves."""
    assert steps(copies) == expected(copies)

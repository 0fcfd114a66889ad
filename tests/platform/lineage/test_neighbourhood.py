"""The graph around a dataset, as a picture shows it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.platform.events import NOON, dataset, run_event
from tests.platform.lineage.lineage_events import moved, wrote

from almenara_platform.lineage.answers.neighbourhood import (
    MOST_NODES,
    Neighbourhood,
    among,
    column_edges,
    neighbourhood,
)
from almenara_platform.lineage.facts import Entity, Kind
from almenara_platform.lineage.graph import Direction
from almenara_platform.lineage.index import LineageIndex, Snapshot
from almenara_platform.store.memory import MemoryLineageStore


def known(*events: dict[str, Any]) -> Snapshot:
    """The graph after these events."""
    store = MemoryLineageStore()
    store.apply(events, NOON)
    return LineageIndex(store.ledger).snapshot()


def moves(*pairs: str) -> Snapshot:
    """The graph of jobs that read one dataset and write another: ``"a b"``."""
    return known(*(moved(*pair.split(), job=pair, number=n) for n, pair in enumerate(pairs, 1)))


def number(snapshot: Snapshot, name: str) -> int:
    """The number of a dataset."""
    found = snapshot.entity(Entity(Kind.DATASET, "file", name))
    assert found is not None
    return found


def layers(snapshot: Snapshot, found: Neighbourhood) -> dict[str, int]:
    """The layers by name."""
    return {snapshot.names.entities[key].name: layer for key, layer in found.layers.items()}


def edges(snapshot: Snapshot, found: Neighbourhood) -> set[str]:
    """The edges by names."""
    names = snapshot.names.entities
    return {f"{names[source].name} {names[target].name}" for source, target in found.edges}


def test_it_begins_with_one_hop_each_way() -> None:
    """Only direct neighbours are there, and each tells how many it has beside them."""
    snapshot = moves("a b", "b c", "c d", "c e", "z a", "x c")
    found = neighbourhood(snapshot, number(snapshot, "b"))
    assert layers(snapshot, found) == {"b": 0, "a": -1, "c": 1}
    assert edges(snapshot, found) == {"a b", "b c"}
    assert found.beside[number(snapshot, "c")] == (1, 2)
    assert found.beside[number(snapshot, "a")] == (1, 0)
    assert not found.left_out


def test_an_opened_dataset_brings_its_neighbours() -> None:
    """They stand one layer further, and what is not in the picture cannot be opened."""
    snapshot = moves("a b", "b c", "c d", "x c", "d e")
    opened = [Entity(Kind.DATASET, "file", name) for name in ("c", "e", "nobody")]
    found = neighbourhood(snapshot, number(snapshot, "b"), opened=opened)
    assert layers(snapshot, found) == {"b": 0, "a": -1, "c": 1, "d": 2, "x": 0}


def test_depth_and_direction_bound_it() -> None:
    """Two hops downstream are two hops, and nothing upstream."""
    snapshot = moves("a b", "b c", "c d", "d e")
    found = neighbourhood(snapshot, number(snapshot, "b"), depth=2, directions=[Direction.DOWNSTREAM])
    assert layers(snapshot, found) == {"b": 0, "c": 1, "d": 2}


def test_every_edge_between_shown_datasets_is_there() -> None:
    """Not only those on which a dataset was reached first: a diamond has four sides and a short cut."""
    snapshot = moves("a b", "a c", "b d", "c d", "a d")
    found = neighbourhood(snapshot, number(snapshot, "a"), depth=2)
    assert edges(snapshot, found) == {"a b", "a c", "b d", "c d", "a d"}


def test_cycles_end() -> None:
    """Who is both before and after is shown once, with the edges both ways."""
    snapshot = moves("a b", "b c", "c a")
    found = neighbourhood(snapshot, number(snapshot, "a"), depth=50)
    assert layers(snapshot, found).keys() == {"a", "b", "c"}
    assert edges(snapshot, found) == {"a b", "b c", "c a"}


def test_a_dataset_that_feeds_itself_is_marked() -> None:
    """A self edge is a mark on the box, not an arrow, and nobody is its own neighbour."""
    snapshot = moves("a a", "a b")
    found = neighbourhood(snapshot, number(snapshot, "a"))
    assert found.loops == {number(snapshot, "a")}
    assert edges(snapshot, found) == {"a b"}
    assert found.beside[number(snapshot, "a")] == (0, 0)


def test_a_hub_is_bounded_and_says_so() -> None:
    """Of 10,000 neighbours there are as many as find room, both ways alike, and the rest is counted."""
    names = [f"t{n}" for n in range(10_000)]
    snapshot = known(
        run_event("COMPLETE", inputs=[dataset("hub")], outputs=[dataset(name) for name in names]),
        run_event(
            "COMPLETE",
            pipeline="load",
            inputs=[dataset(f"s{n}") for n in range(300)],
            outputs=[dataset("hub")],
        ),
    )
    hub = number(snapshot, "hub")
    found = neighbourhood(snapshot, hub)
    assert len(found.layers) == MOST_NODES
    assert len(found.left_out) == 10_300 - (MOST_NODES - 1)
    assert sum(1 for layer in found.layers.values() if layer == -1) in (MOST_NODES // 2 - 1, MOST_NODES // 2)
    above, below = found.beside[hub]
    assert above + below == len(found.left_out)
    assert len(among(snapshot, [number(snapshot, name) for name in names]).left_out) == 10_000 - MOST_NODES


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        (("a b", "b c", "a c"), {"a": 0, "b": 1, "c": 1}),
        (("a b", "b a", "b c"), {"a": 0, "b": 1, "c": 2}),
        (("a a",), {"a": 0}),
    ],
)
def test_a_chosen_set_is_laid_out_from_its_sources(pairs: tuple[str, ...], expected: dict[str, int]) -> None:
    """Layers count from what nothing leads to; a ring begins where it was named first."""
    snapshot = moves(*pairs)
    found = among(snapshot, [number(snapshot, name) for name in expected])
    assert layers(snapshot, found) == expected


def test_edges_between_columns_know_what_goes_over() -> None:
    """Only edges with both ends among the columns are there; a hash and a filter are told from a copy."""
    stated = [("crm.email", "email"), ("crm.email!", "hash"), ("crm.email?", "zip"), ("crm.phone", "phone")]
    snapshot = known(wrote("people", *stated))
    crm, people = number(snapshot, "crm"), number(snapshot, "people")
    source = snapshot.node(crm, "email")
    targets = {name: snapshot.node(people, name) for name in ("email", "hash", "zip")}
    found = column_edges(snapshot, [node for node in (source, *targets.values()) if node is not None])
    kinds = {"email": "", "hash": "masked", "zip": "indirect"}
    assert found == sorted((source, targets[name], kind) for name, kind in kinds.items())

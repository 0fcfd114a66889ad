"""Streams of events that come shuffled, repeated and in other batches end in the same graph."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.platform.events import NOON, dataset, run_event
from tests.platform.lineage.lineage_events import wrote

from almenara_platform.store.memory import MemoryLineageStore
from almenara_platform.store.port import LineageStore
from almenara_platform.store.sqlite import sqlite_lineage_store

NAMES = ("raw", "sales", "mart", "model")
COLUMNS = ("a", "b", "c")
KINDS = ("", "!", "?", "#")

edge = st.builds(
    lambda name, column, kind, target: (f"{name}.{column}{kind}", target),
    st.sampled_from(NAMES),
    st.sampled_from(COLUMNS),
    st.sampled_from(KINDS),
    st.sampled_from(COLUMNS),
)
lineage = st.builds(
    lambda name, edges, whole, job, seconds, number, owner: wrote(
        name, *edges, whole=tuple(whole), job=job, seconds=seconds, number=number, owner=owner
    ),
    st.sampled_from(NAMES),
    st.lists(edge, max_size=4),
    st.lists(st.sampled_from(("raw.a?", "sales.b?")), max_size=2),
    st.sampled_from(("x", "y")),
    # Few moments, so that events of one moment are common.
    st.integers(0, 3),
    st.integers(1, 3),
    st.sampled_from((None, "ana", "bob")),
)
link = st.builds(
    lambda name, other, seconds: run_event(
        "COMPLETE",
        seconds,
        outputs=[
            dataset(
                name,
                facets={"symlinks": {"identifiers": [{"namespace": "file", "name": other, "type": "T"}]}},
            )
        ],
    ),
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
    st.integers(0, 3),
)
stream = st.lists(lineage | link, min_size=1, max_size=8)


def known(store: LineageStore) -> dict[str, Any]:
    """Everything that the ledger tells, by name."""
    ledger = store.ledger
    return {
        name: (
            ledger.edges_into("file", name),
            ledger.flows_of("file", name),
            ledger.schemas("file", name),
            ledger.descriptions("file", name),
        )
        for name in NAMES
    }


def applied(batches: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """What a store in memory knows after these batches."""
    store = MemoryLineageStore()
    for batch in batches:
        store.apply(batch, NOON)
    return known(store)


@settings(deadline=None, max_examples=150)
@given(stream, st.data())
def test_order_and_repetition_change_nothing(events: list[dict[str, Any]], data: st.DataObject) -> None:
    """Any order of the same events, some of them twice, in batches of any size, gives the same facts."""
    twice = events + data.draw(st.lists(st.sampled_from(events), max_size=3))
    shuffled = data.draw(st.permutations(twice))
    cut = data.draw(st.integers(0, len(shuffled)))
    assert applied([shuffled[:cut], shuffled[cut:]]) == applied([[event] for event in events])


@settings(deadline=None, max_examples=20)
@given(stream, st.data())
def test_sqlite_knows_what_memory_knows(events: list[dict[str, Any]], data: st.DataObject) -> None:
    """Both adapters come to the same facts on different ways."""
    with TemporaryDirectory() as folder:
        store = sqlite_lineage_store(Path(folder) / "lineage.db")
        for event in data.draw(st.permutations(events)):
            store.apply([event], NOON)
        found = known(store)
        store.close()
    assert found == applied([events])


def test_facts_of_the_same_moment_have_one_winner() -> None:
    """Two versions told at one moment end alike, also when the losing one is repeated later."""
    masked, plain = wrote("sales", ("raw.a!", "a")), wrote("sales", ("raw.a", "a"), number=2)
    later = wrote("sales", ("raw.a!", "a"), seconds=9, number=3)
    assert applied([[plain], [masked], [later]]) == applied([[later], [masked], [plain]])

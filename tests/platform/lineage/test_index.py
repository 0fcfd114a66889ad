"""The graph in memory beside the ledger that it was loaded from."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from tests.platform.events import NOON
from tests.platform.lineage.lineage_events import wrote
from tests.platform.lineage.test_order import COLUMNS, NAMES, stream

from almenara_platform.exceptions import NotFound
from almenara_platform.lineage.answers.reach import Question, reach
from almenara_platform.lineage.graph import Direction
from almenara_platform.lineage.index import LineageIndex
from almenara_platform.lineage.rules import Rules
from almenara_platform.store.memory import MemoryLineageStore


def answers(index: LineageIndex) -> dict[Any, Any]:
    """What is reached from every column and dataset, both ways; paths are left out, for several are right."""
    found = {}
    for name in NAMES:
        for column in (None, *COLUMNS):
            for direction in Direction:
                for indirect in (True, False):
                    question = Question("file", name, column, indirect=indirect)
                    key = name, column, direction, indirect
                    found[key] = _reached(index, question, direction)
    return found


def _reached(index: LineageIndex, question: Question, direction: Direction) -> set[Any] | str:
    try:
        items = reach(index.snapshot(), question, direction).items
    except NotFound:
        return "unknown"
    return {(item["name"], item["column"], item["hops"]) for item in items}


@settings(deadline=None, max_examples=100)
@given(stream)
def test_grown_and_loaded_graphs_answer_alike(events: list[dict[str, Any]]) -> None:
    """A graph that grew event by event answers as one that was loaded after the last of them."""
    store = MemoryLineageStore()
    grown = LineageIndex(store.ledger)
    for event in events:
        store.apply([event], NOON)
    assert answers(grown) == answers(LineageIndex(store.ledger))


def test_an_edge_that_became_masked_stops_personal_data() -> None:
    """What no longer lets data through cannot be appended; the graph is built anew."""
    store = MemoryLineageStore()
    index = LineageIndex(store.ledger)
    store.apply([wrote("sales", ("raw.a", "a"))], NOON)
    direct = Question("file", "raw", "a")
    assert _reached(index, direct, Direction.DOWNSTREAM) == {("sales", "a", 1)}
    store.apply([wrote("sales", ("raw.a?", "a"), ("raw.b", "b"), seconds=9, number=2)], NOON)
    assert len(index.snapshot().stated) == 1


def test_a_new_name_of_a_dataset_needs_no_building() -> None:
    """A symlink to a name that nobody used yet is appended, and both names then mean one dataset."""
    store = MemoryLineageStore()
    index = LineageIndex(store.ledger)
    state = index._state
    link = {"symlinks": {"identifiers": [{"namespace": "hive", "name": "db.sales", "type": "TABLE"}]}}
    store.apply([wrote("sales", ("raw.a", "a"), facets=link)], NOON)
    assert index._state is state
    asked = Question("hive", "db.sales", "a")
    assert _reached(index, asked, Direction.UPSTREAM) == {("raw", "a", 1)}


def test_symlinks_unite_what_was_known_apart() -> None:
    """Two datasets that turn out to be one answer as one, with the bearer's name."""
    store = MemoryLineageStore()
    index = LineageIndex(store.ledger)
    store.apply([wrote("a_path", ("raw.x", "x")), wrote("mart", ("table.x", "y"), job="m", number=2)], NOON)
    assert _reached(index, Question("file", "raw", "x"), Direction.DOWNSTREAM) == {("a_path", "x", 1)}
    link = {"symlinks": {"identifiers": [{"namespace": "file", "name": "table", "type": "TABLE"}]}}
    store.apply([wrote("a_path", ("raw.x", "x"), seconds=5, number=3, facets=link)], NOON)
    expected = {("a_path", "x", 1), ("mart", "y", 2)}
    assert _reached(index, Question("file", "raw", "x"), Direction.DOWNSTREAM) == expected


def test_large_graphs_are_built_aside(monkeypatch: Any) -> None:
    """While a graph is built anew, commits go on and none of them is lost."""
    monkeypatch.setattr("almenara_platform.lineage.index.index._BUILT_AT_ONCE", 0)
    store = MemoryLineageStore()
    index = LineageIndex(store.ledger, Rules())
    for number in range(1, 40):
        kind = "!" if number % 2 else ""
        told = wrote(
            "sales", (f"raw.a{kind}", "a"), (f"raw.c{number}", f"d{number}"), seconds=number, number=number
        )
        store.apply([told], NOON)
    index.settle()
    assert answers(index) == answers(LineageIndex(store.ledger))
    found = _reached(index, Question("file", "raw", "c39"), Direction.DOWNSTREAM)
    assert found == {("sales", "d39", 1)}

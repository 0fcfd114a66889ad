"""An index beside other processes that write to the same storage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.contract.postgres import database, server
from tests.platform.events import NOON
from tests.platform.lineage.lineage_events import wrote

from almenara_platform.exceptions import NotFound
from almenara_platform.lineage.answers.reach import Question, reach
from almenara_platform.lineage.graph import Direction
from almenara_platform.lineage.index import LineageIndex
from almenara_platform.lineage.ledger.port import Label
from almenara_platform.lineage.upkeep import LineageUpkeep
from almenara_platform.store.port import LineageStore
from almenara_platform.store.postgres import postgres_lineage_store
from almenara_platform.store.sqlite import sqlite_lineage_store

Open = Callable[[], LineageStore]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A PostgreSQL server."""
    with server() as found:
        yield found


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.docker)])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the same storage as often as asked, as several processes do."""
    if request.param == "sqlite":
        yield lambda: sqlite_lineage_store(tmp_path / "lineage.db")
        return
    url = database(request.getfixturevalue("address"))
    yield lambda: postgres_lineage_store(url)


def below(index: LineageIndex) -> set[str]:
    """The datasets that come from raw.a."""
    try:
        found = reach(index.snapshot(), Question("file", "raw", "a"), Direction.DOWNSTREAM)
    except NotFound:
        return set()
    return {item["name"] for item in found.items}


def test_what_another_process_writes_is_taken_in(open_store: Open) -> None:
    """Lineage and labels of one platform are known to the other after its next turns, and the reverse."""
    first, second = open_store(), open_store()
    indexes = [LineageIndex(store.ledger) for store in (first, second)]
    upkeep = [LineageUpkeep(*pair) for pair in zip((first, second), indexes, strict=True)]
    first.apply([wrote("sales", ("raw.a", "a"))], NOON)
    indexes[0].put_label(Label("file", "raw", "a", "pii"))
    second.apply([wrote("mart", ("sales.a", "a"), job="m", number=2)], NOON)
    for _ in range(2):
        for turn in upkeep:
            turn()
    for index in indexes:
        assert below(index) == {"sales", "mart"}
        assert [label.label for label in index.snapshot().labels] == ["pii"]
    first.close()
    second.close()


def test_own_writes_after_those_of_another_are_known_at_once(open_store: Open) -> None:
    """A commit that follows one of another process brings both, whatever numbers the other gave out."""
    first, second = open_store(), open_store()
    index = LineageIndex(second.ledger)
    first.apply([wrote("sales", ("raw.a", "a"))], NOON)
    second.apply([wrote("mart", ("sales.a", "a"), job="m", number=2)], NOON)
    assert below(index) == {"sales", "mart"}
    first.close()
    second.close()


def test_an_edge_of_another_between_known_columns_is_not_lost(open_store: Open) -> None:
    """What another process adds without new names is there after the next own commit, and stays."""
    first, second = open_store(), open_store()
    known = [wrote("raw", columns=("a",), job="load"), wrote("sales", columns=("a",)), wrote("x", job="load")]
    first.apply(known, NOON)
    index = LineageIndex(second.ledger)
    first.apply([wrote("sales", ("raw.a", "a"), seconds=5, number=5)], NOON)
    second.apply([wrote("mart", ("x.c", "c"), job="m", number=6)], NOON)
    assert below(index) == {"sales"}
    first.close()
    second.close()


def test_own_writes_cost_no_building(open_store: Open) -> None:
    """As long as nobody else writes, nothing is built anew."""
    store = open_store()
    index = LineageIndex(store.ledger)
    state = index._state
    for number in range(1, 4):
        store.apply([wrote(f"sales{number}", ("raw.a", "a"), seconds=number, number=number)], NOON)
        index.catch_up()
    index.catch_up()
    assert index._state is state
    assert below(index) == {"sales1", "sales2", "sales3"}
    store.close()


def test_two_writers_of_a_large_graph(open_store: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Built aside while both go on writing, each ends with all of it."""
    monkeypatch.setattr("almenara_platform.lineage.index.index._BUILT_AT_ONCE", 0)
    stores = [open_store(), open_store()]
    indexes = [LineageIndex(store.ledger) for store in stores]
    for number in range(1, 21):
        turn = number % 2
        stores[turn].apply([wrote(f"out{number}", ("raw.a", "a"), seconds=number, number=number)], NOON)
        indexes[turn].catch_up()
    for index in indexes:
        for _ in range(3):
            index.settle()
            index.catch_up()
        index.settle()
        assert below(index) == {f"out{number}" for number in range(1, 21)}
    for store in stores:
        store.close()

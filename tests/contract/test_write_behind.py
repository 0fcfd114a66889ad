"""Times that are written later are told at once, and are not lost, whoever is killed or fails meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, text
from tests.contract.lineage_stores import LINEAGE_STORES
from tests.contract.test_remembered_rows import beside, fail, stream
from tests.platform.events import NOON, at
from tests.platform.lineage.lineage_events import wrote

from almenara_platform.clock import to_micros
from almenara_platform.exceptions import StoreUnavailable
from almenara_platform.lineage.index import LineageIndex
from almenara_platform.lineage.upkeep import LineageUpkeep
from almenara_platform.store import lineage_tables, schema
from almenara_platform.store.memory import MemoryLineageStore
from almenara_platform.store.port import LineageStore
from almenara_platform.store.remembered import RememberedRows
from almenara_platform.store.sql import SqlLineageStore
from almenara_platform.store.sqlite import sqlite_lineage_store

ADAPTERS = {name: opened for name, opened in LINEAGE_STORES.items() if name != "memory"}
SEEN = (schema.datasets, lineage_tables.flows, lineage_tables.schemas)
NAMES = ("sales", "costs", "raw.a", "raw.b", "raw.c")
Rows = dict[str, list[tuple[Any, ...]]]


def told(store: LineageStore) -> dict[str, Any]:
    """What a store tells of the times and the last runs of datasets, flows, schemas and edges."""
    return {
        "datasets": list(store.datasets().items),
        "flows": [store.ledger.flows_of("file", name) for name in NAMES],
        "schemas": [store.ledger.schemas("file", name) for name in NAMES],
        "edges": [store.ledger.edges_into("file", name) for name in NAMES],
    }


def rows(store: SqlLineageStore) -> Rows:
    """What the tables hold that is written behind."""
    with store.database.reading() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in SEEN
        }


def last_seen(store: SqlLineageStore) -> list[int | None]:
    """The newest time in each of the tables."""
    with store.database.reading() as connection:
        return [connection.scalar(select(func.max(table.c.last_seen))) for table in SEEN]


def again(seconds: float, number: int, **more: Any) -> dict[str, Any]:
    """What a run says that does what the others did."""
    return wrote("sales", ("raw.a", "a"), columns=("a",), seconds=seconds, number=number, **more)


KNOWN = [again(1, 1), again(1, 2)]


def knowing(store: SqlLineageStore) -> SqlLineageStore:
    """The store, for which there is nothing new but times in what runs say that do the same."""
    for event in KNOWN:
        store.apply([event], NOON)
    store.write_behind()
    assert last_seen(store) == [to_micros(at(1))] * 3
    return store


def in_memory(*events: dict[str, Any]) -> dict[str, Any]:
    """What a store that puts nothing off tells of these events."""
    memory = MemoryLineageStore()
    memory.apply(events, NOON)
    return told(memory)


def beside_without_reading(store: SqlLineageStore) -> SqlLineageStore:
    """Who knows nothing but what is in the tables."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("almenara_platform.store.sql.recover", lambda connection: None)
        return beside(store)


def read_all(store: SqlLineageStore) -> int:
    """Read what is yet to be read; returns how many events that were."""
    found = 0
    while count := store.read_some(7):
        found += count
    return found


@pytest.fixture
def at_once(tmp_path: Path) -> Iterator[Callable[[list[dict[str, Any]]], Rows]]:
    """The rows after these events where each is written at once."""
    opened = sqlite_lineage_store(tmp_path / "at_once.db")

    def taken(events: list[dict[str, Any]]) -> Rows:
        for second, event in enumerate(events):
            opened.apply([event], at(second))
            opened.write_behind()
        return rows(opened)

    yield taken
    opened.close()


@contextmanager
def database_that_fails(store: SqlLineageStore) -> Iterator[None]:
    """Every writing transaction ends with an error of the database."""
    writing = store.database.writing

    @contextmanager
    def failing() -> Iterator[Connection]:
        with writing() as connection:
            yield connection
            connection.execute(text("SELECT * FROM no_such_table"))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(store.database, "writing", failing)
        yield


@pytest.mark.parametrize("seed", range(2))
def test_times_are_told_before_they_are_written(store: SqlLineageStore, seed: int) -> None:
    """After every event a store tells what it would if it had written all of it."""
    memory = MemoryLineageStore()
    for second, event in enumerate(stream(seed)):
        store.apply([event], at(second))
        memory.apply([event], at(second))
        assert told(store) == told(memory)
    assert told(beside_without_reading(store)) != told(memory)
    store.write_behind()
    assert told(store) == told(memory)
    assert told(beside_without_reading(store)) == told(memory)


def test_what_is_seen_again_is_written_later(store: SqlLineageStore) -> None:
    """The tables are as the first runs left them until the rest is written."""
    knowing(store).apply([again(5, 5)], NOON)
    assert last_seen(store) == [to_micros(at(1))] * 3
    assert told(store) == in_memory(*KNOWN, again(5, 5))
    store.write_behind()
    assert last_seen(store) == [to_micros(at(5))] * 3


@pytest.mark.parametrize("order", [(9, 5, 0), (5, 9, 0)])
def test_times_that_wait_are_joined_in_any_order(store: SqlLineageStore, order: Sequence[int]) -> None:
    """A run that is told late changes when things were first seen, and not who touched them last."""
    knowing(store)
    events = [again(seconds, seconds + 3) for seconds in order]
    for event in events:
        store.apply([event], NOON)
    assert told(store) == in_memory(*KNOWN, *events)
    store.write_behind()
    assert told(beside_without_reading(store)) == in_memory(*KNOWN, *events)


def test_times_are_not_lost_from_sight_while_they_are_written(
    store: SqlLineageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has read the tables just before is told the newest times as well."""

    def followed(reading: Callable[[], AbstractContextManager[Connection]]) -> Any:
        @contextmanager
        def followed_by_writing() -> Iterator[Connection]:
            with reading() as connection:
                yield connection
            store.write_behind()

        return followed_by_writing

    knowing(store)
    monkeypatch.setattr(store.database, "reading", followed(store.database.reading))
    monkeypatch.setattr(store.ledger, "_reading", followed(store.ledger._reading))
    seen: list[datetime] = []
    asked: list[Callable[[], datetime]] = [
        lambda: store.datasets().items[0].last_seen,
        lambda: store.ledger.flows_of("file", "sales")[0].last_seen,
        lambda: store.ledger.schemas("file", "sales")[0].last_seen,
    ]
    for second, ask in enumerate(asked, 5):
        store.apply([again(second, second)], NOON)
        seen.append(ask())
    assert seen == [at(5), at(6), at(7)]


def test_nothing_new_is_not_written(store: SqlLineageStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without events since the last time there is no transaction, and so none for an idle platform."""
    with monkeypatch.context() as patched:
        patched.setattr(store.database, "writing", fail)
        store.write_behind()
    knowing(store).apply([again(5, 5)], NOON)
    store.write_behind()
    monkeypatch.setattr(store.database, "writing", fail)
    store.write_behind()


@pytest.mark.parametrize("seed", range(2))
def test_what_a_killed_process_had_put_off_is_read_again(
    store: SqlLineageStore, at_once: Callable[..., Rows], seed: int
) -> None:
    """The next one reads the events since it last wrote, and then tells and holds the same."""
    events = stream(seed)
    for second, event in enumerate(events):
        store.apply([event], at(second))
        if second == 9:
            store.write_behind()
    following = beside(store)
    assert following.unread() == read_all(following) == len(events) - 10
    assert told(following) == in_memory(*events)
    assert rows(following) == at_once(events)
    assert beside(store).unread() == 0


def test_the_rest_of_a_reading_is_not_skipped_after_a_kill(store: SqlLineageStore) -> None:
    """Who was killed while it read stored events once more leaves all that it had not read to the next."""
    store.apply([again(number, number) for number in range(1, 6)], NOON)
    store.write_behind()
    store.read_again()
    store.read_some(2)
    store.apply([again(6, 6)], NOON)
    assert beside(store).unread() == 4


def test_a_store_that_was_closed_left_nothing_to_read(store: SqlLineageStore) -> None:
    """What was put off is written at the end."""
    knowing(store).apply([again(5, 5)], NOON)
    store.close()
    following = beside(store)
    assert following.unread() == 0
    assert told(following) == in_memory(*KNOWN, again(5, 5))


def test_what_is_put_off_after_all_was_forgotten_is_read_again(store: SqlLineageStore) -> None:
    """Events that get the numbers of those that are gone count as events that came later."""
    assert knowing(store).forget(at(1800)) == 2
    store.apply([again(3600, 7)], NOON)
    following = beside(store)
    assert read_all(following) == 1
    assert told(following) == told(store)


def test_a_transaction_that_failed_leaves_nothing_waiting(
    store: SqlLineageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What its events said is neither told nor written with what comes next."""
    knowing(store)
    with monkeypatch.context() as patched:
        patched.setattr(RememberedRows, "end", fail)
        with pytest.raises(OSError, match="disk full"):
            store.apply([again(9, 9)], NOON)
    assert told(store) == in_memory(*KNOWN)
    other = wrote("costs", ("raw.b", "b"), seconds=5, number=5)
    store.apply([other], NOON)
    assert told(store) == in_memory(*KNOWN, other)
    store.write_behind()
    assert told(beside_without_reading(store)) == in_memory(*KNOWN, other)


@pytest.mark.parametrize("seed", range(3))
def test_two_who_write_behind_leave_what_one_that_does_not_would(
    store: SqlLineageStore, at_once: Callable[..., Rows], seed: int
) -> None:
    """Events come to either of two platforms, which write at any time."""
    chance, platforms = Random(seed), (store, beside(store))
    for second, event in enumerate(stream(seed)):
        chance.choice(platforms).apply([event], at(second))
        if chance.random() < 0.3:
            chance.choice(platforms).write_behind()
    for platform in platforms:
        platform.write_behind()
    assert rows(store) == at_once(stream(seed))
    assert told(store) == in_memory(*stream(seed))


def test_a_new_schema_does_not_undo_what_another_has_written(store: SqlLineageStore) -> None:
    """A platform that remembers a dataset adds to what the other wrote behind meanwhile."""
    first, second = store, beside(store)
    events = [again(2, 1), again(9, 2), again(3, 3), wrote("sales", columns=("b",), seconds=4, number=4)]
    first.apply(events[:1], NOON)
    first.apply(events[1:2], NOON)
    second.apply(events[2:3], NOON)
    first.write_behind()
    second.apply(events[3:], NOON)
    second.write_behind()
    assert told(second) == in_memory(*events)


def test_upkeep_writes_what_was_put_off(store: SqlLineageStore) -> None:
    """Each turn of the task in the background leaves nothing that a kill would lose."""
    upkeep = LineageUpkeep(store, LineageIndex(store.ledger))
    knowing(store)
    for number in (5, 9):
        store.apply([again(number, number)], NOON)
        upkeep()
        assert last_seen(store) == [to_micros(at(number))] * 3
    assert beside(store).unread() == 0


def test_much_that_waits_is_written_without_upkeep(
    store: SqlLineageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept in memory is bounded, however fast events come."""
    monkeypatch.setattr("almenara_platform.store.behind._MOST", 2)
    knowing(store).apply([again(5, 5)], NOON)
    assert last_seen(store) == [to_micros(at(5))] * 3
    monkeypatch.setattr("almenara_platform.store.behind._MOST", 3)
    store.apply([again(9, 9)], NOON)
    assert last_seen(store) == [to_micros(at(5))] * 3


def test_an_error_of_the_database_loses_nothing(store: SqlLineageStore) -> None:
    """What could not be written is told as before, and is written the next time."""
    knowing(store).apply([again(5, 5)], NOON)
    with database_that_fails(store), pytest.raises(StoreUnavailable):
        store.write_behind()
    assert last_seen(store) == [to_micros(at(1))] * 3
    assert told(store) == in_memory(*KNOWN, again(5, 5))
    store.write_behind()
    assert last_seen(store) == [to_micros(at(5))] * 3
    assert told(store) == in_memory(*KNOWN, again(5, 5))


def test_a_database_that_fails_at_the_end_stops_nobody(store: SqlLineageStore) -> None:
    """The store closes, and the next one reads what was not written."""
    knowing(store).apply([again(5, 5)], NOON)
    with database_that_fails(store):
        store.close()
    following = beside(store)
    assert read_all(following) == 1
    assert told(following) == in_memory(*KNOWN, again(5, 5))

"""What a store remembers of its rows is never older than the database, whoever writes to it or fails to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update
from tests.contract.lineage_stores import LINEAGE_STORES
from tests.platform.events import NOON, at
from tests.platform.lineage.lineage_events import wrote

from almenara_platform.store import lineage_tables, schema
from almenara_platform.store.remembered import RememberedRows
from almenara_platform.store.sql import SqlLineageStore
from almenara_platform.store.sqlite import sqlite_lineage_store

ADAPTERS = {name: opened for name, opened in LINEAGE_STORES.items() if name != "memory"}
DERIVED = (schema.jobs, schema.datasets, schema.dataset_jobs, schema.tallies, lineage_tables.statements)
Rows = dict[str, list[tuple[Any, ...]]]


def beside(store: SqlLineageStore) -> SqlLineageStore:
    """Another platform process on the same database."""
    return SqlLineageStore(store.database.engine, "SELECT 0")


def rows(store: SqlLineageStore) -> Rows:
    """What the tables hold that events change again and again."""
    with store.database.reading() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in DERIVED
        }


def stream(seed: int) -> list[dict[str, Any]]:
    """Events of two jobs that write the same datasets, with schemas and edges that change."""
    chance = Random(seed)
    events = []
    for _ in range(24):
        name, column = chance.choice(("sales", "costs")), chance.choice("abc")
        event = wrote(
            name,
            (f"raw.{column}", column),
            job=chance.choice(("ventas", "gastos")),
            seconds=chance.randrange(1000),
            number=chance.randrange(12),
            owner=chance.choice(("bi", "ml")),
            columns=tuple(chance.sample("abc", 2)),
        )
        events.append(event | {"eventType": chance.choice(("START", "COMPLETE", "FAIL", "ABORT"))})
    return events


@pytest.fixture
def forgetful(tmp_path: Path) -> Iterator[Callable[[Iterable[dict[str, Any]]], Rows]]:
    """The rows after these events, each taken by a store that was just opened and remembers nothing."""
    first = sqlite_lineage_store(tmp_path / "forgetful.db")

    def taken(events: Iterable[dict[str, Any]]) -> Rows:
        for second, event in enumerate(events):
            taker = beside(first)
            taker.apply([event], at(second))
            taker.write_behind()
        return rows(first)

    yield taken
    first.close()


@pytest.mark.parametrize("seed", range(2))
def test_writers_that_take_turns_know_of_one_another(
    store: SqlLineageStore, forgetful: Callable[..., Rows], seed: int
) -> None:
    """Two platforms on one database leave the rows that one which reads all of them anew would."""
    chance, platforms = Random(seed), (store, beside(store))
    for second, event in enumerate(stream(seed)):
        chance.choice(platforms).apply([event], at(second))
    for platform in platforms:
        platform.write_behind()
    assert rows(store) == forgetful(stream(seed))


@pytest.mark.parametrize("seed", range(2))
def test_nothing_of_a_failed_transaction_is_remembered(
    store: SqlLineageStore, forgetful: Callable[..., Rows], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events that could not be stored leave no trace in what later ones are added to."""
    chance, stored = Random(seed), []
    for second, event in enumerate(stream(seed)):
        with monkeypatch.context() as patched:
            if chance.random() < 0.4:
                patched.setattr(RememberedRows, "end", fail)
                with pytest.raises(OSError, match="disk full"):
                    store.apply([event], at(second))
            else:
                store.apply([event], at(second))
                stored.append(event)
    store.write_behind()
    assert rows(store) == forgetful(stored)


def test_statements_that_others_read_again_are_looked_at_anew(store: SqlLineageStore) -> None:
    """Another platform, maybe of another version, has read stored events once more and found other things."""
    other, digest = beside(store), lineage_tables.statements.c.digest
    for number in (1, 2):
        store.apply([wrote("sales", ("raw.a", "a"), seconds=number, number=number)], NOON)
    before = rows(store)["lineage_statements"][0][2]
    other.read_again()
    assert other.read_some() == 2
    with store.database.writing() as connection:
        connection.execute(update(lineage_tables.statements).values({digest: "of another reading"}))
    store.apply([wrote("sales", ("raw.a", "a"), seconds=3, number=3)], NOON)
    assert rows(store)["lineage_statements"][0][2] == before


def test_oldest_rows_are_forgotten_first(store: SqlLineageStore) -> None:
    """No more rows of a table stay in memory than are allowed."""
    remembered, table = RememberedRows(most=2), schema.jobs
    store.apply([wrote("sales")], NOON)
    with store.database.writing() as connection:
        remembered.begin(connection)
        remembered.put_back(table, {"a": 1, "b": 2, "c": 3})
        event = connection.execute(select(schema.events)).one()
        remembered.end(event.digest, event.received_at)
        remembered.begin(connection)
    assert remembered.take(table, ["a", "b", "c"]) == {"b": 2, "c": 3}


def fail(*_: Any) -> None:
    """As the database does when there is no room."""
    raise OSError("disk full")

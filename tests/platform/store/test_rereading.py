"""Stored events that the lineage graph has yet to read."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import orjson
import pytest
from sqlalchemy import update
from tests.platform.events import NOON
from tests.platform.lineage.lineage_events import wrote
from tests.platform.store.test_migrations import fill, first_revision

from almenara_platform.lineage.index import LineageIndex
from almenara_platform.lineage.upkeep import LineageUpkeep
from almenara_platform.store import rereading
from almenara_platform.store.schema import events
from almenara_platform.store.sql import SqlLineageStore
from almenara_platform.store.sqlite import sqlite_lineage_store

CHAIN = ("raw", "stage", "mart", "report")


def forgetful(path: Path) -> SqlLineageStore:
    """A store whose events came before there were tables of the graph."""
    with first_revision(path) as connection:
        rows = [
            wrote(after, (f"{before}.a", "a"), job=f"make_{after}", seconds=number, number=number)
            for number, (before, after) in enumerate(pairwise(CHAIN), 1)
        ]
        connection.execute(
            events.insert(),
            [
                {"digest": str(n), "heartbeat": False, "received_at": 0, "body": orjson.dumps(row)}
                for n, row in enumerate(rows)
            ],
        )
    return sqlite_lineage_store(path)


def readers(store: SqlLineageStore) -> list[str]:
    """The datasets of the chain that have an edge into them."""
    return [name for name in CHAIN if store.ledger.edges_into("file", name)]


def test_events_from_before_the_graph_are_read(tmp_path: Path) -> None:
    """After an upgrade the platform reads them in the background, and answers from the graph then."""
    store = forgetful(tmp_path / "lineage.db")
    assert (store.unread(), readers(store)) == (3, [])
    index = LineageIndex(store.ledger)
    LineageUpkeep(store, index)()
    assert (store.unread(), readers(store)) == (0, ["stage", "mart", "report"])
    assert index.snapshot().columns.nodes == 4
    store.close()


def test_reading_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """What one process has read is not read again by the next, and what comes meanwhile is in at once."""
    store = forgetful(tmp_path / "lineage.db")
    assert store.read_some(1) == 1
    store.close()
    again = sqlite_lineage_store(tmp_path / "lineage.db")
    assert (again.unread(), readers(again)) == (2, ["stage"])
    again.apply([wrote("other", ("raw.a", "a"), number=9)], NOON)
    assert again.unread() == 2
    assert [again.read_some(1) for _ in range(3)] == [1, 1, 0]
    assert readers(again) == ["stage", "mart", "report"]
    again.close()


def test_a_real_database_of_the_first_revision_has_its_graph(tmp_path: Path) -> None:
    """What runs told before the upgrade is told by the graph after it."""
    with first_revision(tmp_path / "lineage.db") as connection:
        fill(connection)
    store = sqlite_lineage_store(tmp_path / "lineage.db")
    while store.read_some(2):
        pass
    assert [flow.source.name for flow in store.ledger.flows_of("file", "sales")] == ["ventas_etl"]
    store.close()


def test_reading_twice_changes_nothing(tmp_path: Path) -> None:
    """A rebuild of a graph that has read everything leaves it as it was."""
    store = forgetful(tmp_path / "lineage.db")
    store.read_some()
    before = [store.ledger.edges_into("file", name) for name in CHAIN]
    revision = store.ledger.revision()
    assert store.read_again() == 3
    assert store.unread() == 3
    assert store.read_some() == 3
    assert [store.ledger.edges_into("file", name) for name in CHAIN] == before
    assert store.ledger.revision() == revision
    store.close()


def test_an_event_that_cannot_be_read_stops_nothing(tmp_path: Path) -> None:
    """It is left out with a word, and those behind it are read."""
    store = forgetful(tmp_path / "lineage.db")
    with store.database.writing() as connection:
        connection.execute(update(events).where(events.c.digest == "1").values(body=b"{}"))
    assert store.read_some() == 3
    assert readers(store) == ["stage", "report"]
    store.close()


def test_large_events_are_read_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in memory at a time is bounded by bytes as well."""
    monkeypatch.setattr(rereading, "_BYTES_AT_ONCE", 10)
    store = forgetful(tmp_path / "lineage.db")
    assert [store.read_some() for _ in range(4)] == [1, 1, 1, 0]
    store.close()


def test_events_that_retention_took_are_not_waited_for(tmp_path: Path) -> None:
    """Reading ends where the stored events end."""
    store = forgetful(tmp_path / "lineage.db")
    with store.database.writing() as connection:
        connection.execute(events.delete().where(events.c.digest == "2"))
    assert [store.read_some() for _ in range(2)] == [2, 0]
    assert store.unread() == 0
    store.close()

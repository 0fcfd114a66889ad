"""The outbox in PostgreSQL: forwarded in order by one of several platforms."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.contract.postgres import database, server
from tests.platform.conftest import Start
from tests.platform.events import whole_run
from tests.platform.outbox.conftest import NAME, Office
from tests.platform.outbox.marquez_stub import Marquez
from tests.platform.outbox.test_running import LONG_DAYS, pending, post, run_id, until

from almenara_platform.outbox.destinations.port import Failed, Refused
from almenara_platform.outbox.port import DeadQuery
from almenara_platform.outbox.turn import AdvisoryTurn
from almenara_platform.store.postgres import postgres_engine, postgres_lineage_store

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A PostgreSQL server."""
    with server() as found:
        yield found


@pytest.fixture
def url(address: str) -> str:
    """An empty database."""
    return database(address)


def test_runs_are_forwarded_in_order(start: Start, stub: Marquez, url: str) -> None:
    """The whole platform over PostgreSQL delivers each run's events one after another."""
    stub.seconds = 0.01
    client = start(retention_days=LONG_DAYS, database_url=url, marquez_url=stub.url)
    for number in range(10):
        post(client, *whole_run(run_id(number)))
    until(lambda: pending(client) == 0, "an empty outbox")
    assert set(map(tuple, stub.history.values())) == {("START", "COMPLETE")}
    assert stub.overlapping == 0


def test_letters_are_refused_mended_and_forgotten(url: str) -> None:
    """What SQLite does with dead letters, PostgreSQL does as well."""
    office = Office(postgres_lineage_store(url, [NAME]))
    office.receiver.errors = [Refused("no"), Failed("500")]
    office.take(*whole_run())
    office.forward()
    [letter] = office.outbox.dead(DeadQuery(destination=NAME, limit=1)).items
    assert office.outbox.known_destinations() == [NAME]
    office.outbox.replay(letter.id, office.now, whole_run()[0])
    office.forward(60)
    office.forward(60)
    assert office.receiver.types == ["START", "COMPLETE"]
    assert office.outbox.backlog(NAME).pending == 0
    office.store.close()


def test_turn_passes_on_when_it_is_released_and_when_its_session_dies(url: str) -> None:
    """One holds it at a time; a session that ends leaves it to the other, and it is noticed."""
    mine, other, watcher = postgres_engine(url), postgres_engine(url), postgres_engine(url)
    first, second = AdvisoryTurn(mine), AdvisoryTurn(other)
    assert [first.is_mine(), second.is_mine(), first.is_mine()] == [True, False, True]
    first.release()
    assert [second.is_mine(), first.is_mine()] == [True, False]
    with watcher.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        )
    until(first.is_mine, "the turn of the first")
    assert not second.is_mine()
    for engine in (mine, other, watcher):
        engine.dispose()

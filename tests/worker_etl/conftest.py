"""A warehouse, a ledger with a clock of its own and a queue, in a folder of the test."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from worker_etl import warehouse
from worker_etl.ledger import Acceptance, Ledger
from worker_etl.queue import RunMessage, RunQueue

LEASE_SECONDS = 15.0
POSTGRES = "ALMENARA_TEST_POSTGRES_URL"


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def _sqlite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/warehouse.db"


def _postgres(_tmp_path: Path) -> str:
    if POSTGRES not in os.environ:
        pytest.skip(f"{POSTGRES} names no empty PostgreSQL database")
    return os.environ[POSTGRES]


@pytest.fixture(params=[_sqlite, _postgres], ids=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty warehouse on each database that there is."""
    engine = warehouse.connect(request.param(tmp_path))
    warehouse.metadata.drop_all(engine)
    warehouse.create_tables(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> Clock:
    """The ledger's clock."""
    return Clock()


@pytest.fixture
def ledger(engine: Engine, clock: Clock) -> Ledger:
    """An empty ledger."""
    return Ledger(engine, clock, LEASE_SECONDS)


@pytest.fixture
def queue(tmp_path: Path) -> RunQueue:
    """An empty queue that nobody consumes."""
    return RunQueue(f"sqlite:///{tmp_path}/queue.db")


@pytest.fixture
def acceptance() -> Acceptance:
    """A run of one day as the API accepts it."""
    message = RunMessage("0193a5a0-0000-7000-8000-000000000001", "ventas_etl", {"day": "2017-03-01"}, {})
    return Acceptance(message, trace_id="a" * 32, body_hash="hash", idempotency_key="key")

"""A warehouse, a ledger with a clock of its own, a queue and real workers, in a folder of the test."""

import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, make_url
from tests.contract.postgres import database, server
from tests.forking.zygote import Zygote

from worker_etl import warehouse
from worker_etl.ledger import Acceptance, Entry, Ledger, State
from worker_etl.queue import RunMessage, RunQueue

LEASE_SECONDS = 15.0


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server."""
    with server() as address:
        yield address


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.docker)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty warehouse on each kind of database."""
    url = f"sqlite:///{tmp_path}/warehouse.db"
    if request.param == "postgres":
        own = make_url(database(request.getfixturevalue("postgres"))).set(drivername="postgresql+psycopg")
        # As in compose; of a database in SQL_ASCII texts would come back as bytes.
        url = own.update_query_dict({"client_encoding": "utf8"}).render_as_string(hide_password=False)
    engine = warehouse.connect(url)
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


DEADLINE_SECONDS = 90.0
ENDED = {State.COMPLETE, State.FAIL, State.ABORT}


def until(ask: Callable[[], Any], what: str) -> Any:
    """Ask until the answer is true and return it; AssertionError after the deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.005)
    return answer


class Workers:
    """A warehouse and a queue of their own, and the workers that serve them."""

    def __init__(self, folder: Path) -> None:
        self._environment = {
            "ALMENARA_WAREHOUSE_URL": f"sqlite:///{folder}/warehouse.db",
            "ALMENARA_QUEUE_URL": f"sqlite:///{folder}/queue.db",
            "ALMENARA_SPOOL_DIR": str(folder / "spool"),
            "ALMENARA_LEASE_SECONDS": str(LEASE_SECONDS),
            "ALMENARA_HMAC_KEY": "a key of the tests",
            "ALMENARA_PORT_WORKER": "0",
        }
        self.log = folder / "worker.log"
        self.engine = warehouse.connect(self._environment["ALMENARA_WAREHOUSE_URL"])
        warehouse.create_tables(self.engine)
        self.ledger = Ledger(self.engine, time.time, LEASE_SECONDS)
        self._queue = RunQueue(self._environment["ALMENARA_QUEUE_URL"])
        self._pids: set[int] = set()
        self._zygote = Zygote("worker_etl.__main__")

    def start(self, **environment: str) -> int:
        """Start a worker and return its pid."""
        pid = self._zygote.start(self.log, environment=self._environment | environment)
        self._pids.add(pid)
        return pid

    def kill(self, pid: int) -> None:
        """End a worker by SIGKILL."""
        self._pids.discard(pid)
        os.kill(pid, signal.SIGKILL)

    def terminate(self, pid: int) -> None:
        """Tell a worker to stop and wait until it has."""
        os.kill(pid, signal.SIGTERM)
        until(lambda: "worker_stopped" in self.log.read_text(), "the worker stops")
        self._pids.discard(pid)

    def accept(self, request: dict[str, object]) -> str:
        """Accept a run as the API does and return its id."""
        message = RunMessage(str(uuid.uuid4()), "ventas_etl", request, {})
        self.ledger.accept(Acceptance(message, trace_id=""))
        self._queue.put(message)
        return message.run_id

    def begun(self, run_id: str, attempt: int = 1) -> None:
        """Wait until a worker has taken the run, the `attempt`th time."""
        until(lambda: self.ledger.find(run_id).attempts == attempt, f"attempt {attempt} of {run_id}")

    def ended(self, run_id: str) -> Entry:
        """Wait until the run has ended and return it."""

        def ask() -> Entry | None:
            entry = self.ledger.find(run_id)
            return entry if entry.state in ENDED else None

        return until(ask, f"run {run_id} ends")

    def close(self) -> None:
        """End whatever still runs."""
        for pid in list(self._pids):
            self.kill(pid)
        self._zygote.close()
        self.engine.dispose()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    """A folder with workers."""
    started = Workers(tmp_path)
    yield started
    started.close()

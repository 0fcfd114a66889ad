"""The queue of accepted runs."""

import pickle
import sqlite3
from pathlib import Path

import pytest

from almenara.exceptions import SettingsError
from worker_etl.queue import RunMessage, RunQueue

MESSAGE = RunMessage("run-1", "ventas_etl", {"day": "2017-03-01"}, {"traceparent": "00-aa-bb-01"})


def test_consumer_gets_what_a_producer_put(tmp_path: Path) -> None:
    """A message passes from one process's queue object to another's, with its trace context."""
    url = f"sqlite:///{tmp_path}/queue.db"
    handled: list[RunMessage] = []
    RunQueue(url).put(MESSAGE)
    consumer = RunQueue(url, handled.append)
    consumer.huey.execute(consumer.huey.dequeue())
    assert handled == [MESSAGE]


def test_counts_and_names_what_waits(queue: RunQueue) -> None:
    """Size and ids of the waiting runs follow put and dequeue."""
    queue.put(MESSAGE)
    assert (queue.size(), queue.waiting()) == (1, {"run-1"})
    queue.huey.dequeue()
    assert (queue.size(), queue.waiting()) == (0, set())


def test_messages_are_json_and_never_unpickled(tmp_path: Path) -> None:
    """A pickle in the queue's file is an error, not code that runs."""
    queue = RunQueue(f"sqlite:///{tmp_path}/queue.db")
    queue.put(MESSAGE)
    with sqlite3.connect(tmp_path / "queue.db") as connection:
        assert b'"run_id":"run-1"' in connection.execute("SELECT data FROM task").fetchone()[0]
        connection.execute("UPDATE task SET data = ?", [pickle.dumps("anything")])
    with pytest.raises(ValueError, match=r"utf-8|JSON|Expecting"):
        queue.huey.dequeue()


def test_makes_the_folder_of_its_file(tmp_path: Path) -> None:
    """A queue in a folder that is not there yet can be used."""
    RunQueue(f"sqlite:///{tmp_path}/new/queue.db").put(MESSAGE)
    assert (tmp_path / "new" / "queue.db").exists()


def test_refuses_an_address_that_is_no_queue() -> None:
    """An address of another kind is refused with the kinds there are."""
    with pytest.raises(SettingsError, match="redis://"):
        RunQueue("amqp://localhost")

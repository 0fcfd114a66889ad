"""Whether the worker says that it takes runs."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from worker_etl.consumer import Consumer


class Away:
    """A queue or a warehouse that may be away."""

    away = False

    def check(self) -> None:
        if self.away:
            raise ConnectionError("refused")


def consumer(thread: threading.Thread, **needs: Any) -> Consumer:
    """A consumer whose one worker thread is `thread`."""
    own = SimpleNamespace(worker_threads=[(None, thread)])
    queue: Any = SimpleNamespace(huey=SimpleNamespace(create_consumer=lambda **_: own))
    unused: Any = None
    return Consumer(queue, unused, unused, 15.0, 6.0, needs)


@pytest.mark.parametrize("away", ["queue", "warehouse"])
def test_worker_whose_surroundings_are_away_takes_no_runs(away: str) -> None:
    """Its threads live and ask on, and yet no run that is accepted now would be executed."""
    needs = {"queue": Away(), "warehouse": Away()}
    asked = consumer(threading.current_thread(), **{name: one.check for name, one in needs.items()})
    assert asked.obstacle() == ""
    needs[away].away = True
    assert asked.obstacle() == f"{away} cannot be reached (ConnectionError)"


def test_worker_without_a_thread_takes_no_runs() -> None:
    """A thread that ended takes nothing out of the queue any more."""
    assert "stop" in consumer(threading.Thread()).obstacle()

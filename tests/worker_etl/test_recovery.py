"""Putting runs of dead workers back."""

import pytest

from almenara.testing import Signals
from worker_etl.__main__ import announce_abort
from worker_etl.ledger import Acceptance, Entry, Ledger, State
from worker_etl.queue import RunQueue
from worker_etl.recovery import Recovery

DEAD = {"seen dead"}

pytestmark = pytest.mark.usefixtures("signals")


@pytest.fixture
def announced() -> list[tuple[Entry, str]]:
    """The ends that were announced."""
    return []


@pytest.fixture
def recovery(ledger: Ledger, queue: RunQueue, announced: list[tuple[Entry, str]]) -> Recovery:
    """The recovery of one worker."""
    return Recovery(ledger, queue, DEAD.__contains__, lambda entry, reason: announced.append((entry, reason)))


def test_puts_a_dead_workers_run_back_once(
    ledger: Ledger, queue: RunQueue, acceptance: Acceptance, recovery: Recovery, clock
) -> None:
    """A run whose lease ran out is enqueued again with its whole message, however often one looks."""
    ledger.accept(acceptance)
    ledger.claim(acceptance.message.run_id, "dead")
    recovery.once()
    assert queue.size() == 0
    clock.now += 16
    recovery.once()
    recovery.once()
    [task] = queue.huey.pending()
    assert task.kwargs["run_id"] == acceptance.message.run_id
    assert task.kwargs["request"] == acceptance.message.request


def test_does_not_wait_for_a_worker_that_is_seen_dead(
    ledger: Ledger, queue: RunQueue, acceptance: Acceptance, recovery: Recovery
) -> None:
    """A worker that died on this machine has its run put back before its lease runs out."""
    ledger.accept(acceptance)
    ledger.claim(acceptance.message.run_id, "seen dead")
    recovery.once()
    assert queue.waiting() == {acceptance.message.run_id}


def test_gives_up_after_the_second_death(
    ledger: Ledger, queue: RunQueue, acceptance: Acceptance, recovery: Recovery, clock, announced
) -> None:
    """A run that two workers died of ends as ABORT and is announced once."""
    ledger.accept(acceptance)
    for _ in range(2):
        ledger.claim(acceptance.message.run_id, "dead")
        clock.now += 16
        recovery.once()
    recovery.once()
    entry = ledger.find(acceptance.message.run_id)
    assert (entry.state, entry.attempts) == (State.ABORT, 2)
    assert [(told.run_id, reason) for told, reason in announced] == [(entry.run_id, entry.error)]


def test_enqueues_what_was_accepted_but_never_enqueued(
    ledger: Ledger, queue: RunQueue, acceptance: Acceptance, recovery: Recovery, clock
) -> None:
    """A run that the API wrote down before it died reaches a worker."""
    ledger.accept(acceptance)
    clock.now += 16
    recovery.once()
    assert queue.waiting() == {acceptance.message.run_id}


def test_leaves_alone_what_waits_its_turn(
    ledger: Ledger, queue: RunQueue, acceptance: Acceptance, recovery: Recovery, clock
) -> None:
    """A run that waits in a long queue is not enqueued a second time."""
    ledger.accept(acceptance)
    queue.put(acceptance.message)
    clock.now += 1000
    recovery.once()
    assert queue.size() == 1


def test_announced_run_ends_as_abort(signals: Signals, ledger: Ledger, acceptance: Acceptance) -> None:
    """The platform hears of the end of a run that no worker is left to tell of."""
    ledger.accept(acceptance)
    announce_abort(ledger.find(acceptance.message.run_id), "the worker died in each of 2 attempts")
    run = signals.run("ventas_etl", acceptance.message.run_id)
    assert run.state == "ABORT"
    assert "died" in run.facet("errorMessage")["message"]

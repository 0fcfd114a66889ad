"""The run ledger: one hand on a run at a time, no run without an end."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from worker_etl.exceptions import ClaimLostError, DuplicateKeyError
from worker_etl.ledger import Acceptance, Ledger, State

RUN_ID = "0193a5a0-0000-7000-8000-000000000001"


def test_accepts_a_run_as_queued(ledger: Ledger, acceptance: Acceptance) -> None:
    """An accepted run is found by id and by key with all it was accepted with."""
    ledger.accept(acceptance)
    entry = ledger.find(RUN_ID)
    assert entry == ledger.find_by_key("ventas_etl", "key")
    assert (entry.state, entry.attempts, entry.message) == (State.QUEUED, 0, acceptance.message)


def test_refuses_a_key_twice(ledger: Ledger, acceptance: Acceptance) -> None:
    """A second run under the same key is refused, in another pipeline it is not."""
    ledger.accept(acceptance)
    second = replace(acceptance, message=replace(acceptance.message, run_id="other"))
    with pytest.raises(DuplicateKeyError):
        ledger.accept(second)
    ledger.accept(replace(second, message=replace(second.message, pipeline="other")))


def test_runs_without_key_do_not_collide(ledger: Ledger, acceptance: Acceptance) -> None:
    """Any number of runs may come without a key."""
    for number in range(2):
        message = replace(acceptance.message, run_id=str(number))
        ledger.accept(replace(acceptance, message=message, idempotency_key=None))
    assert ledger.find("0") and ledger.find("1")


def test_discarded_run_frees_its_key(ledger: Ledger, acceptance: Acceptance) -> None:
    """A run that could not be enqueued leaves nothing behind."""
    ledger.accept(acceptance)
    ledger.discard(RUN_ID)
    assert ledger.find(RUN_ID) is None
    ledger.accept(acceptance)


def test_one_of_many_workers_claims(ledger: Ledger, acceptance: Acceptance) -> None:
    """Of eight workers that want a run at once, one gets it."""
    ledger.accept(acceptance)
    with ThreadPoolExecutor(8) as pool:
        claims = [claim for claim in pool.map(lambda n: ledger.claim(RUN_ID, f"w{n}"), range(8)) if claim]
    assert len(claims) == 1
    assert ledger.find(RUN_ID).worker == claims[0].entry.worker


def test_ended_run_cannot_be_claimed(ledger: Ledger, acceptance: Acceptance) -> None:
    """A message that comes twice finds nothing to do."""
    ledger.accept(acceptance)
    assert ledger.claim(RUN_ID, "w").end(State.COMPLETE)
    assert ledger.claim(RUN_ID, "w") is None
    assert ledger.find(RUN_ID).state is State.COMPLETE


def test_renewed_lease_does_not_expire(ledger: Ledger, acceptance: Acceptance, clock) -> None:
    """A claim is kept by renewing it and expires a lease after the last renewal."""
    ledger.accept(acceptance)
    claim = ledger.claim(RUN_ID, "w")
    clock.now += 10
    assert claim.renew()
    clock.now += 10
    assert not ledger.has_expired(*ledger.running())
    clock.now += 6
    assert ledger.has_expired(*ledger.running())


def test_released_run_counts_its_attempts(ledger: Ledger, acceptance: Acceptance, clock) -> None:
    """A dead worker's run can be claimed again, as the second attempt, and is released once."""
    ledger.accept(acceptance)
    ledger.claim(RUN_ID, "dead")
    clock.now += 16
    [entry] = ledger.running()
    assert ledger.release(entry)
    assert not ledger.release(entry)
    assert ledger.claim(RUN_ID, "alive").entry.attempts == 2


@pytest.mark.parametrize("successor", ["alive", "slept"])
def test_lost_claim_changes_nothing(
    ledger: Ledger, acceptance: Acceptance, clock, engine: Engine, successor: str
) -> None:
    """A worker that slept through its lease can neither renew, nor end, nor write, even if it got the run."""
    ledger.accept(acceptance)
    slept = ledger.claim(RUN_ID, "slept")
    clock.now += 16
    ledger.release(*ledger.running())
    ledger.claim(RUN_ID, successor)
    assert not slept.renew()
    assert not slept.end(State.COMPLETE)
    with pytest.raises(ClaimLostError), engine.begin() as connection:
        slept.guard(connection)
    assert ledger.find(RUN_ID).state is State.RUNNING


def test_stranded_after_a_lease(ledger: Ledger, acceptance: Acceptance, clock) -> None:
    """A run that stays QUEUED for a lease is stranded until one of the workers touches it."""
    ledger.accept(acceptance)
    assert ledger.stranded() == []
    clock.now += 16
    [entry] = ledger.stranded()
    assert ledger.touch(entry)
    assert not ledger.touch(entry)
    assert ledger.stranded() == []


def test_a_renewal_in_the_last_moment_counts(
    ledger: Ledger, acceptance: Acceptance, clock, engine: Engine
) -> None:
    """A run is not taken from a worker that renewed its claim after it was found expired."""
    ledger.accept(acceptance)
    claim = ledger.claim(RUN_ID, "slow")
    clock.now += 16
    [entry] = ledger.running()
    with engine.begin() as connection:
        claim.guard(connection)
    assert not ledger.release(entry)
    assert not ledger.give_up(entry, "died")
    assert ledger.find(RUN_ID).state is State.RUNNING

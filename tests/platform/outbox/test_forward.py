"""A run's events reach a destination one after another and in causal order, or a person is told why not."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import permutations

import pytest
from tests.platform.events import NOON, RUN_ID, heartbeat, queued, run_event, whole_run
from tests.platform.outbox.conftest import NAME, Office

from almenara_platform.outbox.destinations.port import Away, Failed, Refused
from almenara_platform.outbox.forward import MOST_TRIES
from almenara_platform.outbox.order import HOLD
from almenara_platform.outbox.port import DeadQuery
from almenara_platform.runs.model import Run, RunState
from almenara_platform.runs.silence import abort_event

HOLD_SECONDS = HOLD.total_seconds()


def test_events_are_forwarded_once(office: Office) -> None:
    """What was taken does not go again, and a repetition of an event does not either."""
    office.take(*whole_run())
    office.forward()
    office.take(*whole_run())
    office.forward(60)
    assert office.receiver.types == ["START", "COMPLETE"]
    assert office.outbox.backlog(NAME).pending == 0


def test_heartbeats_and_queued_stay_here(office: Office) -> None:
    """What only Almenara understands is not forwarded."""
    office.take(queued(), *whole_run(), heartbeat(15))
    office.forward()
    assert office.receiver.types == ["START", "COMPLETE"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_any_order_of_arrival_is_put_right(office: Office, order: tuple[int, ...]) -> None:
    """Events that wait together go out as they happened."""
    events = [run_event("START", 0), run_event("RUNNING", 5), run_event("COMPLETE", 9)]
    office.take(*(events[place] for place in order))
    office.forward()
    assert office.receiver.types == ["START", "RUNNING", "COMPLETE"]


def test_end_waits_for_its_beginning(office: Office) -> None:
    """A COMPLETE that came first is held back until its START is there."""
    start, complete = whole_run()
    office.take(complete)
    office.forward()
    assert office.receiver.types == []
    office.take(start)
    office.forward(1)
    assert office.receiver.types == ["START", "COMPLETE"]


def test_end_without_a_beginning_goes_after_a_while(office: Office) -> None:
    """Some emitters send no START, and the end of their runs must not wait for ever."""
    office.take(run_event("COMPLETE"))
    office.forward(HOLD_SECONDS - 0.1)
    assert office.receiver.types == []
    office.forward(0.1)
    assert office.receiver.types == ["COMPLETE"]


def test_end_follows_a_late_event_once_more(office: Office) -> None:
    """A receiver keeps what came last, so a START that comes after the end must not be the last."""
    start, complete = whole_run()
    office.take(complete)
    office.forward(HOLD_SECONDS)
    office.take(start)
    office.forward()
    office.forward(60)
    assert office.receiver.types == ["COMPLETE", "START", "COMPLETE"]


def test_next_attempt_is_not_late(office: Office) -> None:
    """After a FAIL the START of the next attempt is news, and the FAIL is not repeated."""
    again = {"almenara_run": {"attempt": 2}}
    office.take(run_event("START", 0), run_event("FAIL", 9))
    office.forward()
    office.take(run_event("START", 5, facets=again))
    office.forward()
    assert office.receiver.types == ["START", "FAIL", "START"]


def test_late_event_of_an_earlier_attempt_does_not_end_the_later(office: Office) -> None:
    """Only when the last that went out is an end does it follow again."""
    again = {"almenara_run": {"attempt": 2}}
    office.take(run_event("START", 0), run_event("FAIL", 9), run_event("START", 10, facets=again))
    office.forward()
    office.take(run_event("RUNNING", 5))
    office.forward()
    assert office.receiver.types == ["START", "FAIL", "START", "RUNNING"]


def test_run_that_went_silent_is_ended_elsewhere_too(office: Office) -> None:
    """The ABORT by silence is forwarded, and the real end that comes after all replaces it."""
    office.take(run_event("START"))
    run = office.store.run(RUN_ID)
    assert isinstance(run, Run) and run.state is RunState.START
    office.take(abort_event(run))
    office.forward()
    office.take(run_event("COMPLETE", 90))
    office.forward()
    assert office.receiver.types == ["START", "ABORT", "COMPLETE"]


def test_refused_event_becomes_a_dead_letter_and_its_run_goes_on(office: Office) -> None:
    """The reason is kept, and the events behind it are delivered."""
    office.receiver.errors = [Refused("said no")]
    office.take(*whole_run())
    office.forward()
    [letter] = office.outbox.dead(DeadQuery()).items
    assert (letter.event_type, letter.reason, letter.forwarded) == ("START", "said no", False)
    assert office.receiver.types == ["COMPLETE"]


def test_nothing_overtakes_an_event_that_failed(office: Office) -> None:
    """While a START is tried again its COMPLETE waits behind it."""
    office.receiver.errors = [Failed("500"), Failed("500")]
    office.take(*whole_run())
    office.forward()
    office.forward()
    assert office.receiver.types == []
    office.forward(120)
    office.forward(120)
    assert office.receiver.types == ["START", "COMPLETE"]


def test_destination_that_is_away_is_left_alone(office: Office) -> None:
    """After one refused connection nothing is tried for a while, and being away costs no event its tries."""
    runs = [run_event("START", run_id=f"0195{number:04}-0000-7000-8000-000000000000") for number in range(9)]
    office.take(*runs)
    for _ in range(MOST_TRIES + 2):
        office.receiver.errors = [Away("refused")] * len(runs)
        office.forward(120)
        assert len(office.receiver.errors) == len(runs) - 1
    office.receiver.errors = []
    office.forward(120)
    assert len(office.receiver.events) == len(runs)
    assert office.outbox.backlog(NAME).dead == 0


def test_one_event_that_always_fails_is_given_up(office: Office) -> None:
    """While others are delivered, an event that fails again and again becomes a dead letter."""
    bad = "01950000-0000-7000-8000-00000000dead"
    office.receiver.refuses = lambda event: Failed("500") if event["run"]["runId"] == bad else None
    office.take(run_event("START", run_id=bad))
    for number in range(MOST_TRIES + 1):
        office.forward(200)
        office.take(run_event("START", number, run_id=f"0195{number:04}-0000-7000-8000-000000000000"))
        office.forward()
    [letter] = office.outbox.dead(DeadQuery()).items
    assert letter.lane == bad
    assert letter.reason == f"Given up after {MOST_TRIES} tries: 500"


def test_outage_with_500_costs_no_event(office: Office) -> None:
    """A destination that fails for everybody gives no reason to give up an event."""
    office.take(run_event("START", run_id="01950000-0000-7000-8000-00000000feed"))
    office.forward()
    office.receiver.events.clear()
    office.receiver.refuses = lambda event: Failed("500")
    office.take(*whole_run())
    for _ in range(3 * MOST_TRIES):
        office.forward(200)
    assert office.outbox.backlog(NAME).dead == 0
    office.receiver.refuses = lambda event: None
    office.forward(200)
    assert office.receiver.types == ["START", "COMPLETE"]


def test_event_that_cannot_be_prepared_does_not_stop_its_run(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault in the preparation puts that event aside with the reason."""
    prepare = office.receiver.prepare

    def fail_at_start(event: dict, knowledge: object) -> object:
        if event["eventType"] == "START":
            raise KeyError("facets")
        return prepare(event, knowledge)  # type: ignore[arg-type]

    monkeypatch.setattr(office.receiver, "prepare", fail_at_start)
    office.take(*whole_run())
    office.forward()
    [letter] = office.outbox.dead(DeadQuery()).items
    assert "KeyError" in str(letter.reason)
    assert office.receiver.types == ["COMPLETE"]


def test_error_of_what_waits_is_told(office: Office) -> None:
    """The backlog names how much waits, since when and why."""
    office.receiver.errors = [Away("cannot be reached")]
    office.take(*whole_run())
    office.forward()
    backlog = office.outbox.backlog(NAME)
    assert (backlog.pending, backlog.oldest_at, backlog.last_error) == (2, NOON, "cannot be reached")


def test_retention_takes_letters_with_their_runs(office: Office) -> None:
    """What is forgotten here is not forwarded later, and no letter is left over."""
    about_no_run = {
        key: value for key, value in run_event("START").items() if key not in ("run", "eventType")
    }
    office.take(*whole_run(), about_no_run)
    assert office.outbox.backlog(NAME).pending == 3
    office.store.forget(NOON + timedelta(days=1))
    assert office.outbox.backlog(NAME).pending == 0


def test_shuffled_and_repeated_streams_end_in_the_right_state(office: Office) -> None:
    """However the events of many runs arrive, what each run sent last is its end."""
    chance = random.Random(7)
    runs = [f"0195{number:04}-0000-7000-8000-000000000000" for number in range(20)]
    events = [event for run in runs for event in (*whole_run(run), run_event("RUNNING", 5, run_id=run))]
    for event in chance.sample(events * 2, len(events) * 2):
        office.take(event)
        office.forward(chance.choice((0, HOLD_SECONDS)))
    office.forward(HOLD_SECONDS)
    last = {event["run"]["runId"]: event["eventType"] for event in office.receiver.events}
    assert last == dict.fromkeys(runs, "COMPLETE")

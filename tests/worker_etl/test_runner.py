"""Executing what comes out of the queue."""

import threading

import pytest

from almenara.testing import Signals
from worker_etl.exceptions import ClaimLostError, RunAbortedError
from worker_etl.ledger import Acceptance, Claim, Ledger, State
from worker_etl.runner import Executor, Runner
from worker_etl.stop import Stop

pytestmark = pytest.mark.usefixtures("signals")


def _run(ledger: Ledger, acceptance: Acceptance, executor: Executor) -> Runner:
    ledger.accept(acceptance)
    runner = Runner(ledger, {"ventas_etl": executor}, "worker-1")
    runner(acceptance.message)
    return runner


def _fail(claim: Claim, stop: Stop) -> None:
    raise LookupError("no such column")


def _abort(claim: Claim, stop: Stop) -> None:
    raise RunAbortedError("enough")


def _complete(claim: Claim, stop: Stop) -> None:
    """Do nothing, which works."""


@pytest.mark.parametrize(
    ("executor", "state", "error"),
    [
        (_complete, State.COMPLETE, ""),
        (_fail, State.FAIL, "LookupError: no such column"),
        (_abort, State.ABORT, "enough"),
    ],
)
def test_writes_the_end_down(
    ledger: Ledger, acceptance: Acceptance, executor: Executor, state: State, error: str
) -> None:
    """However a run ends, the ledger says so and the worker lives on."""
    _run(ledger, acceptance, executor)
    entry = ledger.find(acceptance.message.run_id)
    assert (entry.state, entry.error, entry.worker) == (state, error, "worker-1")


def test_executes_a_message_once(ledger: Ledger, acceptance: Acceptance, signals: Signals) -> None:
    """A message that comes a second time is left alone, with a word in the log."""
    calls: list[str] = []
    runner = _run(ledger, acceptance, lambda claim, stop: calls.append(claim.entry.run_id))
    runner(acceptance.message)
    assert calls == [acceptance.message.run_id]
    signals.log("run_not_claimed", run_id=acceptance.message.run_id)


def test_refuses_a_pipeline_that_it_has_not(ledger: Ledger, acceptance: Acceptance) -> None:
    """A message for a pipeline that this worker does not know fails with the ones it does."""
    ledger.accept(acceptance)
    Runner(ledger, {}, "worker-1")(acceptance.message)
    entry = ledger.find(acceptance.message.run_id)
    assert entry.state is State.FAIL
    assert "UnknownPipelineError" in entry.error


def test_renews_the_lease_of_a_long_run(engine, acceptance: Acceptance) -> None:
    """A run that takes longer than a lease keeps its claim."""
    now = threading.Event()
    ledger = Ledger(engine, lambda: 1000.0 if not now.is_set() else 1100.0, lease_seconds=0.1)

    def outlast(claim: Claim, stop: Stop) -> None:
        now.set()
        renewed = threading.Event()
        for _ in range(200):
            if not ledger.has_expired(*ledger.running()):
                return
            renewed.wait(0.05)
        raise AssertionError("the lease was never renewed")

    _run(ledger, acceptance, outlast)
    assert ledger.find(acceptance.message.run_id).state is State.COMPLETE


def test_stops_a_run_that_was_taken_over(engine, clock, acceptance: Acceptance) -> None:
    """A run whose claim is gone is told so, and does not overwrite its successor's state."""
    ledger = Ledger(engine, clock, lease_seconds=0.1)

    def overslept(claim: Claim, stop: Stop) -> None:
        ledger.release(*ledger.running())
        ledger.claim(claim.entry.run_id, "successor")
        stop.pause(30)

    _run(ledger, acceptance, overslept)
    entry = ledger.find(acceptance.message.run_id)
    assert (entry.state, entry.worker) == (State.RUNNING, "successor")


def test_abort_reaches_running_and_later_runs(ledger: Ledger, acceptance: Acceptance) -> None:
    """A worker that shuts down stops the run in its hands, and one that it takes out of the queue after."""
    ledger.accept(acceptance)
    started = threading.Event()

    def wait(claim: Claim, stop: Stop) -> None:
        started.set()
        stop.pause(30)

    runner = Runner(ledger, {"ventas_etl": wait}, "worker-1")
    thread = threading.Thread(target=runner, args=(acceptance.message,))
    thread.start()
    assert started.wait(60)
    runner.abort(RunAbortedError("the worker was told to stop"))
    thread.join(60)
    assert ledger.find(acceptance.message.run_id).state is State.ABORT

    later = Acceptance(acceptance.message.__class__("later", "ventas_etl", {}, {}), trace_id="")
    ledger.accept(later)
    runner(later.message)
    assert ledger.find("later").state is State.ABORT


def test_first_stop_wins() -> None:
    """The reason that a run tells is the one that came first."""
    stop = Stop()
    stop.check()
    stop.request(ClaimLostError("taken over"))
    stop.request(RunAbortedError("told to stop"))
    with pytest.raises(ClaimLostError, match="taken over"):
        stop.check()

"""Executes runs that come out of the queue and writes their ends into the ledger."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from worker_etl.exceptions import RunAbortedError, UnknownPipelineError
from worker_etl.lease import Lease
from worker_etl.ledger import Claim, Ledger, State
from worker_etl.queue import RunMessage
from worker_etl.run_log import run_log
from worker_etl.stop import Stop

Executor = Callable[[Claim, Stop], None]


class Runner:
    """One worker's hands: claims a run, executes it, notes how it ended."""

    def __init__(self, ledger: Ledger, executors: Mapping[str, Executor], worker: str) -> None:
        """Take the `executors` by the pipelines' names; `worker` tells this process from all others."""
        self._ledger = ledger
        self._executors = executors
        self._worker = worker
        self._lock = threading.Lock()
        self._stops: set[Stop] = set()
        self._aborted: RunAbortedError | None = None

    def __call__(self, message: RunMessage) -> None:
        """Execute a run, unless it has ended or another worker has it."""
        claim = self._ledger.claim(message.run_id, self._worker)
        if claim is None:
            run_log(message.pipeline, message.run_id).warning("run_not_claimed")
            return
        with self._stoppable() as stop:
            with Lease(claim, stop):
                state, error = self._execute(claim, stop)
            claim.end(state, error)

    def abort(self, error: RunAbortedError) -> None:
        """Stop the current run, and each one that starts later, at its next batch."""
        with self._lock:
            self._aborted = error
            for stop in self._stops:
                stop.request(error)

    @contextmanager
    def _stoppable(self) -> Iterator[Stop]:
        stop = Stop()
        with self._lock:
            self._stops.add(stop)
            if self._aborted:
                stop.request(self._aborted)
        try:
            yield stop
        finally:
            with self._lock:
                self._stops.discard(stop)

    def _execute(self, claim: Claim, stop: Stop) -> tuple[State, str]:
        try:
            self._executor(claim.entry.pipeline)(claim, stop)
        except RunAbortedError as error:
            return State.ABORT, str(error)
        except Exception as error:  # noqa: BLE001 - whatever ends a run must not end the worker
            return State.FAIL, f"{type(error).__name__}: {error}"
        return State.COMPLETE, ""

    def _executor(self, pipeline: str) -> Executor:
        try:
            return self._executors[pipeline]
        except KeyError:
            raise UnknownPipelineError(pipeline, sorted(self._executors)) from None

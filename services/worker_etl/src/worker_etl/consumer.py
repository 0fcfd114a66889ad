"""Takes runs from the queue until the process is told to stop."""

import threading
from collections.abc import Callable, Mapping

import almenara
from worker_etl.exceptions import RunAbortedError
from worker_etl.queue import RunQueue
from worker_etl.recovery import Recovery
from worker_etl.runner import Runner

# An idle worker asks the queue this often at most; huey's own ten seconds would be waiting for nothing.
LONGEST_POLL_SECONDS = 0.5
ABORT_SECONDS = 15.0


class Consumer:
    """huey's consumer with one worker thread, and the recovery beside it."""

    def __init__(
        self,
        queue: RunQueue,
        runner: Runner,
        recovery: Recovery,
        lease_seconds: float,
        shutdown_seconds: float,
        needs: Mapping[str, Callable[[], object]],
    ) -> None:
        """SIGTERM leaves the current run `shutdown_seconds` to finish, then it is aborted.

        What is in `needs` raises when it cannot be reached.
        """
        self._runner = runner
        self._needs = needs
        self._recovery = recovery
        self._recovery_interval = lease_seconds / 3
        self._stopped = threading.Event()
        self._consumer = queue.huey.create_consumer(
            workers=1,
            periodic=False,
            initial_delay=0.05,
            max_delay=LONGEST_POLL_SECONDS,
            graceful_signal="TERM",
            shutdown_timeout=shutdown_seconds,
        )

    def run(self) -> None:
        """Consume until SIGTERM or SIGINT; call from the main thread. No run is left open on return."""
        recovery = threading.Thread(target=self._recover, name="recovery", daemon=True)
        recovery.start()
        try:
            self._consumer.run()
        finally:
            self._stopped.set()
            self._runner.abort(RunAbortedError("the worker was told to stop"))
            for thread in [*self._threads(), recovery]:
                thread.join(ABORT_SECONDS)

    def obstacle(self) -> str:
        """Say why a run that is enqueued now would not be executed by this process; empty when it would."""
        if self._stopped.is_set() or not any(thread.is_alive() for thread in self._threads()):
            return "the worker was told to stop"
        for name, reach in self._needs.items():
            try:
                reach()
            except Exception as error:  # noqa: BLE001 - whatever is wrong, the probe has to say so
                return f"{name} cannot be reached ({type(error).__name__})"
        return ""

    def _threads(self) -> list[threading.Thread]:
        return [thread for _, thread in self._consumer.worker_threads]

    def _recover(self) -> None:
        while not self._stopped.is_set():
            try:
                self._recovery.once()
            except Exception as error:  # noqa: BLE001 - a database that is away now may be back next time
                almenara.log.warning(
                    "recovery_failed", error_type=type(error).__name__, error_message=str(error)
                )
            self._stopped.wait(self._recovery_interval)

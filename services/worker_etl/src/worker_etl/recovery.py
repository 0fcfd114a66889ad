"""Puts the runs of dead workers back into the queue, once, and ends those that died twice."""

from collections.abc import Callable

from worker_etl.ledger import MAX_ATTEMPTS, Entry, Ledger
from worker_etl.queue import RunQueue
from worker_etl.run_log import run_log


class Recovery:
    """Any number of workers may recover at once: the ledger lets one of them act on a run."""

    def __init__(
        self,
        ledger: Ledger,
        queue: RunQueue,
        sees_dead: Callable[[str], bool],
        announce_end: Callable[[Entry, str], None],
    ) -> None:
        """`sees_dead` knows without waiting for the lease that a worker died, where that can be seen;
        `announce_end` tells the platform of a run that ends here, with the reason."""
        self._ledger = ledger
        self._queue = queue
        self._sees_dead = sees_dead
        self._announce_end = announce_end

    def once(self) -> None:
        """Look through the ledger once."""
        for entry in self._ledger.running():
            if not (self._ledger.has_expired(entry) or self._sees_dead(entry.worker)):
                continue
            if entry.attempts < MAX_ATTEMPTS:
                self._put_back(entry)
            else:
                self._give_up(entry)
        self._put_stranded()

    def _put_back(self, entry: Entry) -> None:
        if self._ledger.release(entry):
            self._queue.put(entry.message)
            run_log(entry.pipeline, entry.run_id).warning("run_put_back", worker=entry.worker)

    def _give_up(self, entry: Entry) -> None:
        reason = f"the worker died in each of {entry.attempts} attempts"
        if self._ledger.give_up(entry, reason):
            self._announce_end(entry, reason)
            run_log(entry.pipeline, entry.run_id).error("run_given_up", reason=reason)

    def _put_stranded(self) -> None:
        # Accepted but not in the queue: the API died before it enqueued the run, or a worker after it
        # took the run out and before it claimed it.
        stranded = self._ledger.stranded()
        waiting = self._queue.waiting() if stranded else set()
        for entry in stranded:
            if entry.run_id not in waiting and self._ledger.touch(entry):
                self._queue.put(entry.message)
                run_log(entry.pipeline, entry.run_id).warning("run_put_back", worker="")

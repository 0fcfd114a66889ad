"""How a run learns that it has to stop."""

import threading

from worker_etl.exceptions import RunAbortedError


class Stop:
    """A request to stop that running code looks at between two batches."""

    def __init__(self) -> None:
        self._requested = threading.Event()
        self._error: RunAbortedError = RunAbortedError("the run was told to stop")

    def request(self, error: RunAbortedError) -> None:
        """Make the next `check` raise `error`; the first request wins."""
        if not self._requested.is_set():
            self._error = error
            self._requested.set()

    def check(self) -> None:
        """Raise the RunAbortedError that was requested, if any."""
        if self._requested.is_set():
            raise self._error

    def pause(self, seconds: float) -> None:
        """Sleep, but wake and raise as soon as a stop is requested."""
        self._requested.wait(seconds)
        self.check()

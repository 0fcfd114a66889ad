"""One sink made of several."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from openlineage.client.event_v2 import RunEvent
from opentelemetry.sdk.trace import ReadableSpan

from almenara.sink.port import LogEntry, Sink

log = logging.getLogger("almenara.sink")


class CompositeSink:
    """Gives everything to each sink in turn; one that raises does not harm the others."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = tuple(sinks)
        self._broken: set[int] = set()

    def spans(self, spans: Sequence[ReadableSpan]) -> None:
        """Give them to each."""
        self._each(lambda sink: sink.spans(spans))

    def logs(self, entries: Sequence[LogEntry]) -> None:
        """Give them to each."""
        self._each(lambda sink: sink.logs(entries))

    def lineage(self, event: RunEvent) -> None:
        """Give it to each."""
        self._each(lambda sink: sink.lineage(event))

    def flush(self, timeout_seconds: float) -> bool:
        """Flush each within the common time; True when all of them delivered all."""
        deadline = time.monotonic() + timeout_seconds
        answers = self._each(lambda sink: sink.flush(max(0.0, deadline - time.monotonic())))
        return len(answers) == len(self._sinks) and all(answers)

    def close(self, timeout_seconds: float) -> None:
        """Close each within the common time."""
        deadline = time.monotonic() + timeout_seconds
        self._each(lambda sink: sink.close(max(0.0, deadline - time.monotonic())))

    def _each(self, act: Callable[[Sink], object]) -> list[object]:
        answers = []
        for number, sink in enumerate(self._sinks):
            try:
                answers.append(act(sink))
            except Exception:  # noqa: BLE001 - against its contract, and still no harm to the job
                self._tell_once(number, sink)
        return answers

    def _tell_once(self, number: int, sink: Sink) -> None:
        if number not in self._broken:
            self._broken.add(number)
            log.exception("%s failed and is still given what comes", type(sink).__name__)

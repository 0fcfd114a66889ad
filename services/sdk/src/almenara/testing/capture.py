"""Puts a telemetry in place that keeps everything in memory, and takes it away again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from almenara import guard, runtime
from almenara.clock import Clock
from almenara.ids import RunIds
from almenara.pulse import Beating, Pulse
from almenara.settings import TABLE, load
from almenara.testing.memory import MemorySink
from almenara.testing.signals import Signals


class StillPulse(Pulse):
    """A pulse without a thread: it beats when ``tick`` is called."""

    def add(self, run: Beating) -> None:
        """Beat for ``run`` at each tick."""
        self._runs[id(run)] = run


@contextmanager
def capture(*, clock: Clock | None = None, ids: RunIds | None = None, **settings: Any) -> Iterator[Signals]:
    """Capture the signals of the block; ``settings`` are those of ``configure``.

    Nothing leaves the process meanwhile, also when it was configured to send.
    The environment and almenara.toml are not read. What telemetry kept from the job is in ``errors``.
    """
    lines: list[str] = []
    errors: list[str] = []
    sink = MemorySink()
    loaded = load(TABLE, runtime={"service": "test", "log_level": "TRACE", **settings}, environ={})
    with runtime.suspended():
        telemetry = runtime.Telemetry(
            loaded, clock=clock, ids=ids, sink=sink, pulse=StillPulse(), write_line=lines.append
        )
        guard.set_reporter(guard.OnceReporter(telemetry.count_error, errors.append))
        with runtime.replaced_by(telemetry):
            yield Signals(telemetry, sink, lines, errors)

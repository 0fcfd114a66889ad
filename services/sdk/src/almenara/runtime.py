"""The composition root of a process: one Telemetry, made by configure() or from the environment."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from loguru import logger
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource

from almenara import guard, lifecycle
from almenara.clock import Clock, SystemClock
from almenara.exceptions import UsageError
from almenara.ids import RunIds, TimeOrderedRunIds
from almenara.lineage.parent import parent_from
from almenara.logs.handler import Write, write_to_stdout
from almenara.logs.setup import LogSetup
from almenara.masking import Masking
from almenara.metrics.registry import Metrics
from almenara.pulse import Pulse
from almenara.settings import SECTION, TABLE, Settings, load
from almenara.sink import build as build_sink
from almenara.sink.gate import Gate
from almenara.sink.port import Sink
from almenara.traces.auto import AutoInstrumentation
from almenara.traces.global_provider import CurrentTracerProvider, install_global_provider
from almenara.traces.provider import build_provider
from almenara.traces.resource import build_resource, target_labels
from almenara.traces.roots import LocalRoots

if TYPE_CHECKING:
    from almenara.pipeline import Pipeline
    from almenara.run import Run


class Telemetry:
    """Everything that the signals of one process pass through.

    ``settings``, ``clock``, ``ids``, ``resource``, ``metrics``, ``sink``, ``provider``, ``tracer``, ``log``,
    ``logs``, ``roots`` and ``pulse`` are there for whoever instruments a framework.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        ids: RunIds | None = None,
        sink: Sink | None = None,
        pulse: Pulse | None = None,
        write_line: Write = write_to_stdout,
    ) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self.ids: RunIds = ids or TimeOrderedRunIds()
        self.log = logger
        self.resource: Resource = build_resource(settings)
        self.metrics = Metrics(settings.max_label_values, logger.warning, target_labels(self.resource))
        self._reporter = guard.OnceReporter(self.count_error, lifecycle.write_to_stderr)
        guard.set_reporter(self._reporter)
        self.masking = Masking(settings.mask_keys)
        self._gate = Gate(sink or build_sink(settings, self.resource, self.metrics))
        self.sink: Sink = self._gate
        self.provider = build_provider(settings, self.resource, self.sink, self.masking, self.metrics)
        self.roots = LocalRoots()
        self.provider.add_span_processor(self.roots)
        self.tracer = self.provider.get_tracer("almenara")
        self.logs = LogSetup(settings, self.sink, self.masking, write_line, self.clock)
        self.pulse = pulse or Pulse()
        self.parent_run = parent_from(os.environ)
        self._instrumented = AutoInstrumentation(
            settings.auto_instrument, CurrentTracerProvider(lambda: (_process.telemetry or self).provider)
        )
        self._runs: dict[str, Run] = {}
        self._announced: set[str] = set()

    def announce(self, pipeline: Pipeline) -> None:
        """Let the counters of ``pipeline`` exist before they count."""
        if pipeline.name not in self._announced:
            self._announced.add(pipeline.name)
            self.metrics.active_jobs.labels(pipeline.name)
        for stage in pipeline.stages:
            self.metrics.events_processed.labels(pipeline.name, stage)

    def opened(self, run: Run) -> None:
        """Take care of ``run`` while it is open."""
        self._runs[run.run_id] = run
        self.pulse.add(run)
        lifecycle.handle_termination()

    def closed(self, run: Run) -> None:
        """``run`` has ended."""
        self._runs.pop(run.run_id, None)
        self.pulse.remove(run)

    @property
    def open_runs(self) -> tuple[Run, ...]:
        """The runs of this process that have not ended."""
        return tuple(self._runs.values())

    def forked(self) -> None:
        """In a forked child: the open runs are the parent's."""
        self._runs = {}

    def flush(self, timeout_seconds: float) -> bool:
        """Wait until what this process gave is delivered; False when the time was not enough."""
        self.pulse.tick()
        return self.sink.flush(timeout_seconds)

    def suspend(self) -> None:
        """Let nothing out, neither to the sink nor to stdout and the log file, until ``resume``."""
        self._gate.open = False
        self.logs.remove()

    def resume(self) -> None:
        """Go on as before ``suspend``."""
        self.logs.install()
        guard.set_reporter(self._reporter)
        self._gate.open = True

    def shutdown(self, timeout_seconds: float) -> None:
        """End open runs as ABORT, deliver what the time allows, and disconnect."""
        deadline = time.monotonic() + timeout_seconds
        for run in self.open_runs:
            run.abort("the process ended before the run did")
        self.pulse.stop()
        self._instrumented.remove()
        self.provider.shutdown()
        self.sink.close(max(0.0, deadline - time.monotonic()))
        self.logs.remove()
        guard.set_reporter(guard.report_on_stderr)

    def count_error(self, component: str) -> None:
        """Count an exception that was kept from the job."""
        self.metrics.telemetry_errors.labels(component).inc()


class _Process:
    """What this process is configured with."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.telemetry: Telemetry | None = None
        self.asked: Mapping[str, Any] = {}


_process = _Process()
_NO_PROVIDER = trace.NoOpTracerProvider()


def configure(service: str | None = None, **settings: Any) -> Telemetry:
    """Configure this process; every argument is a setting (see ``almenara.settings.TABLE``).

    Calling it again with the same settings changes nothing. Other settings take effect when no run is open.
    Raises SettingsError for unknown or malformed settings, UsageError when a run is open.
    """
    asked = {"service": service, **settings}
    with _process.lock:
        if _process.telemetry is not None and asked == _process.asked:
            return _process.telemetry
        loaded = load(TABLE, runtime=asked, section=SECTION)
        if _process.telemetry is not None and _process.telemetry.open_runs:
            raise UsageError("configure() cannot change the settings while a run is open")
        shutdown()
        lifecycle.handle_termination()
        return use(Telemetry(loaded), asked)


def current() -> Telemetry:
    """The telemetry of this process, configured from environment and file when nobody has done so."""
    telemetry = _process.telemetry
    return telemetry if telemetry is not None else configure()


def use(telemetry: Telemetry, asked: Mapping[str, Any] | None = None) -> Telemetry:
    """Make ``telemetry`` the one of this process."""
    with _process.lock:
        _process.telemetry = telemetry
        _process.asked = dict(asked or {})
        install_global_provider(_provider)
        lifecycle.install(shutdown, _forked)
        return telemetry


@contextmanager
def suspended() -> Iterator[None]:
    """Nothing that this process was configured to send leaves it within the block."""
    telemetry = _process.telemetry
    if telemetry is not None:
        telemetry.suspend()
    try:
        yield
    finally:
        if telemetry is not None:
            telemetry.resume()


@contextmanager
def replaced_by(telemetry: Telemetry) -> Iterator[Telemetry]:
    """``telemetry`` is the one of this process within the block, and shut down after it."""
    with _process.lock:
        before, asked = _process.telemetry, _process.asked
        use(telemetry)
    try:
        yield telemetry
    finally:
        with _process.lock:
            telemetry.shutdown(0.0)
            _process.telemetry, _process.asked = before, asked


def flush(timeout: float = 5.0) -> bool:
    """Wait at most ``timeout`` seconds until what this process recorded is delivered; whether it was.

    What an earlier process left in the spool is sent meanwhile and not waited for: it may be a day's work of
    other jobs, and this one is answerable for its own. ``shutdown`` and the end of a process do the same.
    """
    return _process.telemetry is None or _process.telemetry.flush(timeout)


def shutdown(timeout: float | None = None) -> None:
    """End open runs as ABORT, flush for at most ``timeout`` seconds (default: the setting) and disconnect.

    What is not delivered by then stays in the spool and goes out at the next start.
    """
    with _process.lock:
        telemetry, _process.telemetry, _process.asked = _process.telemetry, None, {}
        if telemetry is not None:
            seconds = telemetry.settings.exit_timeout_seconds if timeout is None else timeout
            telemetry.shutdown(seconds)


def _provider() -> trace.TracerProvider:
    """Of spans that libraries make; they must not configure a process that was shut down."""
    telemetry = _process.telemetry
    return telemetry.provider if telemetry is not None else _NO_PROVIDER


def _forked() -> None:
    _process.lock = threading.RLock()
    if _process.telemetry is not None:
        _process.telemetry.forked()

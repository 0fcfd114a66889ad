"""Telemetry never breaks the job."""

from __future__ import annotations

import pytest
from openlineage.client.event_v2 import RunEvent

import almenara
from almenara import guard, runtime
from almenara.settings import TABLE, load
from almenara.testing import MemorySink, StillPulse, capture


class BrokenSink(MemorySink):
    """Raises at every turn, against the contract of a sink."""

    def spans(self, spans: object) -> None:
        raise RuntimeError("spans")

    def logs(self, entries: object) -> None:
        raise RuntimeError("logs")

    def lineage(self, event: RunEvent) -> None:
        raise RuntimeError("lineage")


def test_a_sink_that_raises_does_not_reach_the_job() -> None:
    """The job's result is the same, and each kind of failure is told once and counted."""
    told: list[str] = []
    telemetry = runtime.Telemetry(
        load(TABLE, environ={}), sink=BrokenSink(), pulse=StillPulse(), write_line=lambda _: None
    )
    guard.set_reporter(guard.OnceReporter(telemetry.count_error, told.append))
    with runtime.replaced_by(telemetry):
        done = []
        for number in range(3):
            with almenara.Pipeline("ventas").run() as run, run.stage("extract") as stage:
                stage.processed(1)
                almenara.log.info("hello")
                done.append(number)
    assert done == [0, 1, 2]
    counted = telemetry.metrics.registry.get_sample_value
    assert counted("almenara_telemetry_errors_total", {"component": "logs"}) > 3
    assert len([sentence for sentence in told if "logs failed" in sentence]) == 1


def test_the_jobs_own_exception_passes_unchanged() -> None:
    """With broken telemetry the caller still sees his own error."""
    telemetry = runtime.Telemetry(
        load(TABLE, environ={}), sink=BrokenSink(), pulse=StillPulse(), write_line=lambda _: None
    )
    guard.set_reporter(lambda component, error: None)
    with (
        runtime.replaced_by(telemetry),
        pytest.raises(ZeroDivisionError),
        almenara.Pipeline("p").run() as run,
        run.stage("s"),
    ):
        1 / 0  # noqa: B018


def test_a_reporter_that_raises_is_survived(capsys: pytest.CaptureFixture[str]) -> None:
    """The last resort is a line on stderr about the first failure."""

    def broken(component: str, error: Exception) -> None:
        raise RuntimeError("reporter")

    guard.set_reporter(broken)
    try:
        guard.report("logs", ValueError("first"))
    finally:
        guard.set_reporter(guard.report_on_stderr)
    assert "logs failed: ValueError: first" in capsys.readouterr().err


def test_a_frame_that_cannot_be_read_costs_the_schema_only() -> None:
    """stage.read of an odd object is told, the run completes."""
    with capture() as signals, almenara.Pipeline("ventas").run() as run, run.stage("extract") as stage:
        stage.read(almenara.Dataset("file", "x"), frame=object())
    assert signals.run("ventas").state == "COMPLETE"
    assert "cannot read a builtins.object" in signals.errors[0]

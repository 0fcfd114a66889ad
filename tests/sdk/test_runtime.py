"""One configuration a process, which may be changed between runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from opentelemetry import trace

import almenara
from almenara import runtime
from almenara.clock import ManualClock
from almenara.ids import SequentialRunIds
from almenara.settings import TABLE, load
from almenara.testing import MemorySink, Signals, capture

VENTAS = almenara.Pipeline("ventas")


@pytest.fixture
def unconfigured(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> Iterator[None]:
    """A process that is not configured, in an empty folder and environment."""
    monkeypatch.chdir(str(tmp_path))
    monkeypatch.setenv("ALMENARA_AUTO_INSTRUMENT", "")
    almenara.shutdown(0)
    yield
    almenara.shutdown(0)


@pytest.mark.usefixtures("unconfigured")
def test_configuring_twice_the_same_changes_nothing() -> None:
    """The second call gives the telemetry of the first."""
    first = almenara.configure(service="a", log_level="ERROR")
    assert almenara.configure(service="a", log_level="ERROR") is first
    assert runtime.current() is first


@pytest.mark.usefixtures("unconfigured")
def test_other_settings_take_effect_between_runs() -> None:
    """A changed configuration replaces the old one, but not under an open run."""
    almenara.configure(service="a", log_level="CRITICAL")
    with VENTAS.run(), pytest.raises(almenara.UsageError, match="while a run is open"):
        almenara.configure(service="b", log_level="CRITICAL")
    assert almenara.configure(service="b", log_level="CRITICAL").settings.service == "b"


@pytest.mark.usefixtures("unconfigured")
def test_the_environment_alone_is_enough(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without configure() the first run configures the process, and its lines go to stdout."""
    monkeypatch.setenv("OTEL_SERVICE_NAME", "from-environment")
    with VENTAS.run():
        pass
    assert '"service":"from-environment"' in capsys.readouterr().out


@pytest.mark.usefixtures("unconfigured")
def test_flush_and_shutdown_may_be_called_at_any_time() -> None:
    """Neither needs a configuration, and both may be repeated."""
    assert almenara.flush(0.1) is True
    almenara.shutdown()
    almenara.configure(service="a", log_level="CRITICAL")
    assert almenara.flush(0.1) is True
    almenara.shutdown()
    almenara.shutdown()


@pytest.mark.usefixtures("unconfigured")
def test_a_span_of_a_library_does_not_configure_a_process_again() -> None:
    """After shutdown the global tracer makes spans that are not recorded, and nothing else happens."""
    almenara.configure(service="a", log_level="CRITICAL")
    almenara.shutdown(0)
    handlers = logging.getLogger().handlers[:]
    assert not trace.get_tracer("library").start_span("late").is_recording()
    assert logging.getLogger().handlers == handlers


def test_heartbeats_are_sent_when_due() -> None:
    """The first comes at once, the next after the interval, and news in between is no heartbeat."""
    clock = ManualClock()
    with capture(clock=clock, heartbeat_seconds=15) as signals, VENTAS.run() as run:
        for _ in range(62):
            signals.tick()
            clock.advance(0.5)
        with run.stage("late"):
            signals.tick()
            running = [event for event in signals.events if event["eventType"] == "RUNNING"]
    facets = [event["run"]["facets"]["almenara_run"] for event in running]
    assert [facet["heartbeat"] for facet in facets] == [True, True, True, False]
    assert {facet["heartbeatSeconds"] for facet in facets} == {15}


def test_without_heartbeats_only_news_is_sent() -> None:
    """ALMENARA_HEARTBEAT_SECONDS=0 sends none, and the start event does not promise any."""
    clock = ManualClock()
    with capture(clock=clock, heartbeat_seconds=0) as signals, VENTAS.run():
        for _ in range(100):
            clock.advance(1)
            signals.tick()
    assert [event["eventType"] for event in signals.events] == ["START", "COMPLETE"]
    assert signals.events[0]["run"]["facets"]["almenara_run"]["heartbeat"] is False


def test_nothing_follows_the_last_event_of_a_run(signals: Signals) -> None:
    """A beat that comes late is not sent after COMPLETE."""
    with VENTAS.run() as run, run.stage("extract"):
        pass
    run.beat()
    run.abort("too late")
    assert [event["eventType"] for event in signals.events] == ["START", "COMPLETE"]


def test_progress_of_a_run_with_many_stages_is_bounded(signals: Signals) -> None:
    """A stage a file keeps the events of the run at a size that servers accept."""
    with VENTAS.run() as run:
        for number in range(1_100):
            with run.stage(f"file-{number}"):
                pass
    assert len(signals.run("ventas").stages) == 1_000
    assert len([line for line in signals.logs if line["message"] == "stage_completed"]) == 1_100


def test_clock_and_ids_can_be_given() -> None:
    """Times and run ids are those of what was injected."""
    clock, ids = ManualClock(start_ns=0), SequentialRunIds()
    with capture(clock=clock, ids=ids) as signals, VENTAS.run() as run:
        clock.advance(2)
    assert run.run_id == "00000000-0000-7000-8000-000000000001"
    assert [event["eventTime"] for event in signals.run("ventas").events] == [
        "1970-01-01T00:00:00.000000Z",
        "1970-01-01T00:00:02.000000Z",
    ]
    assert signals.log("run_completed")["duration_sec"] == 2


def test_run_ids_sort_by_time() -> None:
    """A run id is a UUIDv7."""
    with capture():
        first, second = VENTAS.run().run_id, VENTAS.run().run_id
    assert first[14] == second[14] == "7"
    assert first[:13] <= second[:13]


def test_a_scheduler_can_name_the_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    """OPENLINEAGE_PARENT_ID, as Airflow sets it, becomes the parent facet."""
    run_id = "01890a5d-ac96-774b-bcce-b302099a8057"
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", f"airflow/dags/shop.load/{run_id}")
    with capture() as signals, VENTAS.run():
        pass
    parent = signals.run("ventas").facet("parent")
    assert parent["run"]["runId"] == run_id
    assert (parent["job"]["namespace"], parent["job"]["name"]) == ("airflow/dags", "shop.load")


def test_captures_nest_and_restore(signals: Signals) -> None:
    """An inner capture takes everything, the outer one goes on afterwards."""
    with capture() as inner, VENTAS.run():
        pass
    with almenara.Pipeline("outer").run():
        pass
    assert [run.pipeline for run in inner.runs] == ["ventas"]
    assert [run.pipeline for run in signals.runs] == ["outer"]


def test_a_missing_signal_is_told_with_what_there_is(signals: Signals) -> None:
    """Assertion messages name what was captured instead."""
    with VENTAS.run():
        pass
    with pytest.raises(AssertionError, match=r"no log line .stage_completed.; there are: run_comp"):
        signals.log("stage_completed")
    with pytest.raises(AssertionError, match="no span 'extract'; there are: ventas"):
        signals.span("extract")
    with pytest.raises(AssertionError, match="no run of 'other'; there are: ventas"):
        signals.run("other")
    with pytest.raises(AssertionError, match="no sample nothing"):
        signals.metric("nothing")


@pytest.mark.usefixtures("unconfigured")
def test_nothing_leaves_while_signals_are_captured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A configuration of the code under test rests during the block and goes on after it."""
    sink, log_file = MemorySink(), tmp_path / "job.log"
    loaded = load(TABLE, runtime={"service": "job", "log_file": str(log_file)}, environ={})
    outer = runtime.use(runtime.Telemetry(loaded, sink=sink))
    with capture() as signals:
        almenara.log.info("from loguru")
        logging.getLogger("standard").warning("from logging")
        outer.tracer.start_span("early tracer").end()
        with VENTAS.run():
            pass
        with sqlalchemy.create_engine("sqlite://").connect() as connection:
            connection.execute(sqlalchemy.text("SELECT 1"))
    assert (sink.kept_logs, sink.kept_spans, sink.kept_events) == ([], [], [])
    assert capsys.readouterr().out == "" and log_file.read_text() == ""
    assert {"from loguru", "from logging"} <= {line["message"] for line in signals.logs}
    assert {"ventas", "SELECT"} <= {span.name.split()[0] for span in signals.spans}

    almenara.log.info("after it")
    logging.getLogger("standard").warning("after it")
    with VENTAS.run():
        pass
    assert [entry.message for entry in sink.kept_logs].count("after it") == 2
    assert "after it" in capsys.readouterr().out and "after it" in log_file.read_text()
    assert [span.name for span in sink.kept_spans] == ["ventas"]

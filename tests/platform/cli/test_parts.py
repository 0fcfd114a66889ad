"""up, down, status and logs."""

from __future__ import annotations

import json

from almenara_platform.runtimes.port import LogLine, PartStatus

from .conftest import RUN_ID, TRACE_ID, Almenara, FakeInstallation, a_run

HEALTHY = PartStatus("platform", "running", True, "", 7, 61.0, 0, "http://127.0.0.1:8080", "console", 2.5)
SICK = PartStatus("worker-etl", "running", False, "/healthz answers 503", 8, 3.0, 2, "http://127.0.0.1:8001")
RUNS = "/api/v1/runs"


def page(*runs: object) -> dict[str, object]:
    """A list as the API answers it."""
    return {"items": list(runs), "next": None}


def test_up_fills_the_pages_once(almenara: Almenara, here: FakeInstallation) -> None:
    """Without a finished run the whole data is run and followed; runtime, times and address are told."""
    here.runtime.parts = [HEALTHY]
    here.platform_answers.on(RUNS, page(), page())
    here.platform_answers.on(f"{RUNS}/{RUN_ID}", a_run())
    accepted = {"run_id": RUN_ID, "trace_id": TRACE_ID, "status_url": ""}
    here.sample_answers.on("/pipelines/ventas_etl/runs", accepted, status=202)
    result = almenara("up")
    assert result.exit_code == 0
    assert json.loads(here.sample_answers.requests[0].content) == {"all": True}
    assert "Runtime: embedded, because no Docker engine answers." in result.stdout
    for text in ("Made a secret", "2.5 s", "ventas_etl COMPLETE", "Open http://127.0.0.1:8080"):
        assert text in result.stdout


def test_up_waits_for_a_run_that_is_under_way(almenara: Almenara, here: FakeInstallation) -> None:
    """A first run that was interrupted by Ctrl-C is not started a second time."""
    here.runtime.parts = [HEALTHY]
    here.platform_answers.on(RUNS, page(), page(a_run("RUNNING")))
    here.platform_answers.on(f"{RUNS}/{RUN_ID}", a_run())
    assert almenara("up").exit_code == 0
    assert here.sample_answers.requests == []


def test_a_second_up_starts_no_run_and_says_so(almenara: Almenara, here: FakeInstallation) -> None:
    """With a finished run nothing is asked of the sample API."""
    here.runtime.parts, here.runtime.changed = [HEALTHY], False
    here.platform_answers.on(RUNS, page(a_run()))
    result = almenara("up")
    assert result.exit_code == 0
    assert "Every part was running already; nothing was changed." in result.stdout
    assert here.sample_answers.requests == []


def test_a_failed_first_run_fails_up(almenara: Almenara, here: FakeInstallation) -> None:
    """Empty pages are not passed off as success."""
    here.runtime.parts = [HEALTHY]
    here.platform_answers.on(RUNS, page(), page(a_run("RUNNING")))
    here.platform_answers.on(f"{RUNS}/{RUN_ID}", a_run("FAIL"))
    assert almenara("up").exit_code == 1


def test_status_of_a_sick_part(almenara: Almenara, here: FakeInstallation) -> None:
    """It says why, where to look, and ends with 1."""
    here.runtime.parts = [HEALTHY, SICK]
    result = almenara("status")
    assert result.exit_code == 1
    assert "worker-etl: /healthz answers 503; see `almenara logs worker-etl`" in result.stdout


def test_status_of_a_healthy_platform(almenara: Almenara, here: FakeInstallation) -> None:
    """It ends with 0 and shows process, uptime and address."""
    here.runtime.parts = [HEALTHY]
    result = almenara("status")
    assert result.exit_code == 0
    for text in ("healthy", "7", "1 min 1 s", "http://127.0.0.1:8080"):
        assert text in result.stdout


def test_status_of_stopped_parts(almenara: Almenara, here: FakeInstallation) -> None:
    """A part that does not run is stopped, which says enough of its health."""
    here.runtime.parts = [PartStatus("platform", "stopped", False, "nothing answers")]
    result = almenara("status")
    assert result.exit_code == 1
    assert "stopped" in result.stdout and "not healthy" not in result.stdout


def test_status_json_has_every_field(almenara: Almenara, here: FakeInstallation) -> None:
    """Programs get the status by the names of its fields, and the same exit code."""
    here.runtime.parts = [SICK]
    result = almenara("status", "--json")
    assert result.exit_code == 1
    (part,) = json.loads(result.stdout)
    assert (part["name"], part["healthy"], part["restarts"]) == ("worker-etl", False, 2)


def test_down_names_what_it_stopped(almenara: Almenara, here: FakeInstallation) -> None:
    """And says when there was nothing to stop."""
    assert "Nothing was running." in almenara("down").stdout
    here.runtime.parts = [HEALTHY]
    assert "Stopped platform. The data is kept." in almenara("down").stdout


def test_logs_are_harmless(almenara: Almenara, here: FakeInstallation) -> None:
    """Control sequences and markup in a log line reach the terminal as text."""
    here.runtime.lines = [LogLine("platform", "\x1b[31m[bold]x"), LogLine("worker-etl", "y")]
    result = almenara("logs", "platform")
    assert result.stdout == "platform | \N{REPLACEMENT CHARACTER}[31m[bold]x\n"


def test_logs_of_nothing_say_how_to_start(almenara: Almenara, here: FakeInstallation) -> None:
    """No line and no process is an error; lines of what was stopped, and a part that is silent, are none."""
    result = almenara("logs", "platform")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "nothing runs and there are no log lines; start it with `make up`" in result.stderr
    here.runtime.parts = [HEALTHY]
    assert almenara("logs", "platform").exit_code == 0
    here.runtime.parts, here.runtime.lines = [], [LogLine("platform", "x")]
    assert almenara("logs", "platform").exit_code == 0

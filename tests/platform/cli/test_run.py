"""Starting, following, showing and listing runs."""

from __future__ import annotations

import json

import pytest

from .conftest import RUN_ID, TRACE_ID, Almenara, FakeInstallation, a_run, a_stage

START = "/pipelines/ventas_etl/runs"
RUN = f"/api/v1/runs/{RUN_ID}"
ACCEPTED = {"run_id": RUN_ID, "trace_id": TRACE_ID, "status_url": "http://sample/runs/1"}


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        (["--day", "2017-03-01"], {"day": "2017-03-01"}),
        (["--from", "2017-03-01", "--to", "2017-03-31"], {"from": "2017-03-01", "to": "2017-03-31"}),
        (["--all", "--fault", "failing_transform"], {"all": True, "fault": "failing_transform"}),
    ],
)
def test_run_asks_the_sample_api(
    almenara: Almenara, here: FakeInstallation, arguments: list[str], body: dict[str, object]
) -> None:
    """`almenara run ventas_etl --day ...` works as written and sends what was asked for."""
    here.sample_answers.on(START, ACCEPTED, status=202)
    result = almenara("run", "ventas_etl", *arguments)
    assert result.exit_code == 0
    assert RUN_ID in result.stdout
    assert json.loads(here.sample_answers.requests[0].content) == body


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--day", "2017-03-01", "--all"],
        ["--from", "2017-03-01"],
        ["--from", "2017-03-02", "--to", "2017-03-01"],
        ["--day", "2017-02-30"],
        ["--day", "01.03.2017"],
    ],
)
def test_days_that_make_no_sense_are_wrong_use(almenara: Almenara, arguments: list[str]) -> None:
    """Two ways at once, half a range, a range backwards and a day that is none start nothing, with 2."""
    result = almenara("run", "ventas_etl", *arguments)
    assert result.exit_code == 2
    assert "2017-0" in result.stderr


@pytest.mark.parametrize(("pipeline", "told"), [("frob", True), ("ventas_etl", False)])
def test_days_are_not_all_that_is_wrong(
    almenara: Almenara, here: FakeInstallation, pipeline: str, told: bool
) -> None:
    """Who also names a pipeline that has never run is told those that have."""
    here.platform_answers.on("/api/v1/pipelines", {"items": [{"name": "ventas_etl"}]})
    result = almenara("run", pipeline)
    assert result.exit_code == 2
    assert ("'frob' has run yet; those that have: ventas_etl" in result.stderr) is told
    assert "say which days" in result.stderr
    assert not here.sample_answers.requests


def test_a_refusal_of_the_api_is_one_line(almenara: Almenara, here: FakeInstallation) -> None:
    """What the API says is shown in the words of a terminal, and is wrong use."""
    here.sample_answers.on("/pipelines/x/runs", {"detail": "No pipeline x.", "field": "name"}, status=404)
    result = almenara("run", "x", "--all")
    assert result.exit_code == 2
    assert result.stderr == "error: no pipeline x\n"


def test_wait_follows_the_run_to_its_end(almenara: Almenara, here: FakeInstallation) -> None:
    """A run that is unknown at first is waited for; each state of a stage is told once."""
    here.sample_answers.on(START, ACCEPTED, status=202)
    running = a_run("RUNNING", stages=[a_stage("extract", "RUNNING", 10)])
    here.platform_answers.on(RUN, a_run("QUEUED", stages=[]), running, running, a_run())
    result = almenara("run", "ventas_etl", "--all", "--wait")
    assert result.exit_code == 0
    assert result.stdout.count("extract RUNNING") == 1
    assert "ventas_etl COMPLETE, 1,000 records in 4.0 s" in result.stdout


def test_a_line_says_what_is_known_of_a_stage(almenara: Almenara, here: FakeInstallation) -> None:
    """A stage that runs has no duration, one that has only begun no records either."""
    begun = a_stage("load", "RUNNING", 0) | {"duration_seconds": None}
    busy = a_stage("extract", "RUNNING", 1000) | {"duration_seconds": None}
    here.sample_answers.on(START, ACCEPTED, status=202)
    here.platform_answers.on(RUN, a_run("RUNNING", stages=[busy, begun]), a_run())
    lines = almenara("run", "ventas_etl", "--all", "--wait").stdout.splitlines()
    assert lines[1:4] == [
        "  extract RUNNING 1,000 records",
        "  load RUNNING",
        "  extract COMPLETE 1,000 records in 1.5 s",
    ]


def test_a_failed_run_is_exit_code_one(almenara: Almenara, here: FakeInstallation) -> None:
    """The error's type and message and the next command are in one line."""
    here.sample_answers.on(START, ACCEPTED, status=202)
    error = {"type": "ValueError", "message": "no price\x1b[2J\nLINE 1: ...", "stack": None}
    here.platform_answers.on(RUN, a_run("FAIL", error=error))
    result = almenara("run", "ventas_etl", "--all", "--wait")
    assert result.exit_code == 1
    assert (
        "ventas_etl ended with FAIL (ValueError: no price\N{REPLACEMENT CHARACTER}[2J); see" in result.stderr
    )
    assert f"almenara run show {RUN_ID}" in result.stderr


def test_json_of_a_started_run_stands_alone_on_stdout(almenara: Almenara, here: FakeInstallation) -> None:
    """Progress goes to stderr, so that a program can read the answer while a person waits."""
    here.sample_answers.on(START, ACCEPTED, status=202)
    here.platform_answers.on(RUN, a_run())
    result = almenara("run", "ventas_etl", "--all", "--wait", "--json")
    assert json.loads(result.stdout) == ACCEPTED
    assert "COMPLETE" in result.stderr


def test_run_show_prints_everything(almenara: Almenara, here: FakeInstallation) -> None:
    """`almenara run show ID` shows stages, quality, datasets and the error with its stack."""
    error = {"type": "ValueError", "message": "bad [red]row[/red]", "stack": "Traceback\n  line 3"}
    here.platform_answers.on(RUN, a_run("FAIL", error=error))
    result = almenara("run", "show", RUN_ID)
    assert result.exit_code == 0
    for text in (
        TRACE_ID,
        "extract",
        "score",
        "99.5",
        "file / sales.parquet",
        "bad [red]row[/red]",
        "  line 3",
    ):
        assert text in result.stdout


def test_run_show_json_is_the_document_of_the_api(almenara: Almenara, here: FakeInstallation) -> None:
    """Programs get exactly what the API answered."""
    here.platform_answers.on(RUN, a_run())
    assert json.loads(almenara("run", "show", RUN_ID, "--json").stdout) == a_run()


def test_an_unknown_run_is_wrong_use(almenara: Almenara, here: FakeInstallation) -> None:
    """A strange id reaches the API as one segment of the path and comes back as one line."""
    result = almenara("run", "show", "../../metrics")
    assert result.exit_code == 2
    assert here.platform_answers.requests[0].url.raw_path == b"/api/v1/runs/..%2F..%2Fmetrics"


def test_runs_lists_with_the_filters_given(almenara: Almenara, here: FakeInstallation) -> None:
    """Filters become query parameters; states may be written in lower case."""
    here.platform_answers.on("/api/v1/runs", {"items": [a_run()], "next": None})
    result = almenara("runs", "--pipeline", "ventas_etl", "--state", "complete", "--limit", "5")
    assert result.exit_code == 0
    assert RUN_ID in result.stdout
    assert dict(here.platform_answers.requests[0].url.params) == {
        "pipeline": "ventas_etl",
        "state": "COMPLETE",
        "limit": "5",
    }


def test_a_long_error_ends_with_an_ellipsis(almenara: Almenara, here: FakeInstallation) -> None:
    """So that nobody takes its beginning for the whole; what fits stands as it is."""
    long, short = ("no column " + "x" * 100, "no column y")
    runs = [a_run("FAIL", error={"type": "E", "message": text, "stack": None}) for text in (long, short)]
    here.platform_answers.on("/api/v1/runs", {"items": runs, "next": None})
    words = " ".join(almenara("runs").stdout.split())
    assert "x…" in words
    assert "no column y │" in words


def test_a_state_that_is_none_names_the_states(almenara: Almenara, here: FakeInstallation) -> None:
    """A state with another name is told with those there are, and nobody is asked."""
    result = almenara("runs", "--state", "failed")
    assert result.exit_code == 2
    assert "'failed' is no state" in result.stderr
    assert "ABORT" in result.stderr
    assert not here.platform_answers.requests


@pytest.mark.parametrize(
    ("known", "arguments", "told"),
    [
        ([], [], "No run is known yet; start one: almenara run ventas_etl --day 2017-03-01"),
        (["ventas_etl"], ["--pipeline", "ventas_etl", "--state", "abort"], "No run of ventas_etl has the"),
        (["ventas_etl"], ["--state", "abort"], "No run has the state ABORT."),
    ],
)
def test_an_empty_list_says_why(
    almenara: Almenara, here: FakeInstallation, known: list[str], arguments: list[str], told: str
) -> None:
    """No run at all and a state in which no run is are different things."""
    here.platform_answers.on("/api/v1/runs", {"items": [], "next": None})
    here.platform_answers.on("/api/v1/pipelines", {"items": [{"name": name} for name in known]})
    result = almenara("runs", *arguments)
    assert result.exit_code == 0
    assert result.stdout.startswith(told)


@pytest.mark.parametrize(
    ("asked", "hint"), [("ventas-etl", "did you mean ventas_etl?"), ("nope", "there are kafka, ventas_etl")]
)
def test_a_pipeline_that_there_is_not_is_wrong_use(
    almenara: Almenara, here: FakeInstallation, asked: str, hint: str
) -> None:
    """It is told with the names that are near, else with all; programs get the empty list."""
    known = [{"name": name} for name in ("kafka", "ventas_etl", "ventas_etl")]
    here.platform_answers.on("/api/v1/runs", {"items": [], "next": None})
    here.platform_answers.on("/api/v1/pipelines", {"items": known})
    result = almenara("runs", "--pipeline", asked)
    assert result.exit_code == 2
    assert result.stderr == f"error: no pipeline is called {asked!r}; {hint}\n"
    assert json.loads(almenara("runs", "--pipeline", asked, "--json").stdout)["items"] == []

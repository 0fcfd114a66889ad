"""Traces, settings, the doctor, help, and how errors end."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from almenara.exceptions import SettingsError
from almenara_platform.cli.client import Api
from almenara_platform.runtimes.choice import Choice
from almenara_platform.runtimes.declared import SECRETS
from almenara_platform.runtimes.dotenv import DotEnv
from almenara_platform.runtimes.exceptions import PartFailed, UnknownPart
from almenara_platform.runtimes.port import PartStatus

from .conftest import RUN_ID, TRACE_ID, Almenara, FakeInstallation, a_run


def a_span(span_id: str, parent: str | None, name: str, **other: Any) -> dict[str, Any]:
    """A span as the API answers it."""
    span = {
        "span_id": span_id,
        "parent_span_id": parent,
        "name": name,
        "service": "worker-etl",
        "kind": "INTERNAL",
        "start_ns": 1_000_000_000,
        "end_ns": 1_250_000_000,
        "status": {"code": "OK", "message": ""},
    }
    return span | other


def test_trace_show_is_a_tree(almenara: Almenara, here: FakeInstallation) -> None:
    """Children stand below their parents; orphans, circles and failures are shown, not lost."""
    spans = [
        a_span("b", "a", "extract", status={"code": "ERROR", "message": "no file\n\nLINE 1: SELECT"}),
        a_span("a", None, "ventas_etl"),
        a_span("c", "gone", "orphan", end_ns=1_000_190_000),
        a_span("d", "e", "one"),
        a_span("e", "d", "other"),
    ]
    here.platform_answers.on(f"/api/v1/traces/{TRACE_ID}", {"trace_id": TRACE_ID, "spans": spans})
    result = almenara("trace", "show", TRACE_ID)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == f"trace {TRACE_ID}, 5 spans"
    assert "── ventas_etl  250 ms  worker-etl INTERNAL" in lines[1]
    assert "└── extract  250 ms  worker-etl INTERNAL  no file" in lines[2]
    assert "── orphan  190 µs" in lines[3]
    assert all("its parents form a circle" in line for line in lines[4:6])


def test_a_trace_of_one_span_says_so(almenara: Almenara, here: FakeInstallation) -> None:
    """One span is one span."""
    spans = [a_span("a", None, "root")]
    here.platform_answers.on(f"/api/v1/traces/{TRACE_ID}", {"trace_id": TRACE_ID, "spans": spans})
    assert almenara("trace", "show", TRACE_ID).stdout.splitlines()[0] == f"trace {TRACE_ID}, 1 span"


def test_a_circle_through_an_id_that_comes_twice_ends(almenara: Almenara, here: FakeInstallation) -> None:
    """Each span is shown once, also where a root shares its id with a span below itself."""
    spans = [a_span("a", None, "root"), a_span("b", "a", "call"), a_span("a", "b", "answer")]
    here.platform_answers.on(f"/api/v1/traces/{TRACE_ID}", {"trace_id": TRACE_ID, "spans": spans})
    lines = almenara("trace", "show", TRACE_ID).stdout.splitlines()
    assert [line.split()[-5] for line in lines[1:]] == ["root", "call", "answer"]


def test_trace_show_takes_the_id_of_a_run(almenara: Almenara, here: FakeInstallation) -> None:
    """What `run show` takes can be given to `trace show` and `explain`; a run without a trace says so."""
    here.platform_answers.on(f"/api/v1/runs/{RUN_ID}", a_run())
    trace = {"trace_id": TRACE_ID, "spans": [a_span("a", None, "ventas_etl")], "truncated": False}
    here.platform_answers.on(f"/api/v1/traces/{TRACE_ID}", trace)
    assert almenara("trace", "show", RUN_ID).stdout.startswith(f"trace {TRACE_ID}, 1 span")
    assert json.loads(almenara("trace", "explain", RUN_ID, "--json").stdout)["trace_id"] == TRACE_ID
    here.platform_answers.on(f"/api/v1/runs/{RUN_ID}", a_run(trace_id=None))
    result = almenara("trace", "show", RUN_ID)
    assert result.exit_code == 2
    assert result.stderr == f"error: run {RUN_ID} told no trace; see `almenara run show {RUN_ID}`\n"


def test_config_show_masks_secrets(
    almenara: Almenara, here: FakeInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every member's settings are there, each with its origin, but no secret."""
    (here.root / "almenara.toml").write_text('[platform]\napi_token = "hush-hush"\nretention_days = 40\n')
    rows = {row["env"]: row for row in json.loads(almenara("config", "show", "--json").stdout)}
    assert {row["section"] for row in rows.values()} >= {"sdk", "platform", "runtime", "worker_etl"}
    assert rows["ALMENARA_RETENTION_DAYS"]["value"] == "40.0"
    assert rows["ALMENARA_RETENTION_DAYS"]["origin"].startswith("file ")
    assert "hush-hush" not in almenara("config", "show").stdout


def findings(almenara: Almenara) -> dict[str, dict[str, str]]:
    """What the doctor found, by subject."""
    return {one["subject"]: one for one in json.loads(almenara("doctor", "--json").stdout)}


def test_doctor_says_what_to_do(almenara: Almenara, here: FakeInstallation) -> None:
    """A secrets file that others can read is a problem with its remedy, and ends with 1."""
    secrets = here.root / ".almenara" / "secrets"
    secrets.parent.mkdir()
    secrets.write_text("{}")
    secrets.chmod(0o644)
    assert almenara("doctor").exit_code == 1
    assert findings(almenara)["secrets"]["advice"] == f"chmod 600 {secrets}"
    secrets.chmod(0o600)
    assert findings(almenara)["secrets"]["verdict"] == "ok"


def test_doctor_tells_what_runs(almenara: Almenara, here: FakeInstallation) -> None:
    """The runtime that runs comes before the one that a start would take; no address is none."""
    assert findings(almenara)["runtime"]["detail"].startswith("none runs; `make up` takes embedded, because")
    here.runtime.parts = [PartStatus("postgres", "running", True, pid=7)]
    assert findings(almenara)["runtime"]["detail"] == "embedded runs"
    assert findings(almenara)["postgres"]["detail"] == "healthy, 0 restarts"
    here.choice = Choice("compose", "a Docker engine answers")
    told = "embedded runs; `make up` would take compose, because a Docker engine answers"
    assert findings(almenara)["runtime"]["detail"] == told


def test_doctor_of_stopped_containers(almenara: Almenara, here: FakeInstallation) -> None:
    """The secrets are those of .env, and a part without an address has no port to look at."""
    here.runtime.name = "compose"
    here.runtime.parts = [PartStatus("postgres", "stopped", False)]
    assert "none yet" in findings(almenara)["secrets"]["detail"]
    assert findings(almenara)["postgres"]["detail"] == "not running"
    DotEnv(here.root / ".env").ensure(SECRETS, {})
    assert findings(almenara)["secrets"]["detail"] == f"{here.root / '.env'} has mode 600"


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [(PartFailed("no", ["last line"]), 1), (UnknownPart("no"), 2), (SettingsError("no"), 2)],
)
def test_expected_errors_are_one_line(
    almenara: Almenara, here: FakeInstallation, error: Exception, exit_code: int
) -> None:
    """No traceback, whatever fails on purpose; details stand below."""

    def fail() -> None:
        raise error

    here.runtime.down = fail  # type: ignore[method-assign, assignment]
    result = almenara("down")
    assert result.exit_code == exit_code
    assert result.stderr.splitlines() == [
        "error: no",
        *(f"  {line}" for line in getattr(error, "details", ())),
    ]


def test_a_platform_that_is_down(almenara: Almenara, here: FakeInstallation) -> None:
    """A refused connection names the address and the command that helps."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    here.platform = Api("the platform", "http://127.0.0.1:8080", httpx.MockTransport(refuse))
    result = almenara("runs")
    assert result.exit_code == 1
    assert result.stderr.startswith(
        "error: the platform does not answer at http://127.0.0.1:8080; start it with"
    )


def test_an_answer_that_is_no_json(almenara: Almenara, here: FakeInstallation) -> None:
    """Some other program on the port is recognised as such."""
    hello = httpx.MockTransport(lambda request: httpx.Response(200, text="<html>hello</html>"))
    here.platform = Api("the platform", "http://127.0.0.1:8080", hello)
    assert "is that address right?" in almenara("runs").stderr


def test_an_unknown_command_is_wrong_use(almenara: Almenara) -> None:
    """It ends with 2 and suggests the nearest one."""
    result = almenara("statsu")
    assert result.exit_code == 2
    assert "Did you mean 'status'" in result.stderr


@pytest.mark.parametrize(
    ("command", "advice"),
    [
        ("runs", "write --pipeline ventas_etl"),
        ("trace find", "write --service ventas_etl or --operation ventas_etl"),
        ("trace operation", "write --operation ventas_etl or --pipeline ventas_etl"),
        ("slo report", "write --month ventas_etl"),
        ("slo status", "it shows every objective"),
    ],
)
def test_an_argument_where_an_option_is_meant(almenara: Almenara, command: str, advice: str) -> None:
    """The refusal names the option, and nothing is asked of the platform."""
    result = almenara(*command.split(), "ventas_etl", "more")
    assert result.exit_code == 2
    assert result.stderr == f"error: `almenara {command}` takes no argument; {advice}\n"


def test_the_advised_option_can_be_copied(almenara: Almenara) -> None:
    """A name with a blank is quoted as a shell wants it."""
    assert "write --operation 'GET /products' or" in almenara("trace", "operation", "GET /products").stderr

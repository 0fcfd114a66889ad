"""From a failing, stuck or dead pipeline to a message at Slack and PagerDuty and back to all clear.

Everything is the real program, with a second for every minute (tests/rules/hurried.py).
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import uvicorn
from tests.platform.events import dataset, run_event
from tests.rules.hurried import PAGERDUTY_KEY, alertmanager_config, prometheus_config
from tests.rules.programs import alertmanager, eventually, free_port, prometheus
from tests.rules.receivers import Received, receivers

from almenara_platform import settings as platform_settings
from almenara_platform.app import create_app

pytestmark = [pytest.mark.promtool, pytest.mark.amtool]
TOKEN = "t0ken"
HTTP = {"trust_env": False, "timeout": 60}
PIPELINES = """
  ventas_etl: {enabled: true, thresholds: {max_age: 26h}}
  hung_etl: {enabled: true, thresholds: {max_age: 10s}}
"""
WORKER = """
import sys, time
import almenara
almenara.configure(service="worker", url=sys.argv[1], spool_dir=sys.argv[2], heartbeat_seconds=1)
almenara.metrics.serve(int(sys.argv[3]))
pipeline = almenara.Pipeline("hung_etl", namespace="retail", owner="data-engineering")
for seconds in (0, 600):
    with pipeline.run() as run, run.stage("extract") as stage:
        stage.processed(10)
        time.sleep(seconds)
    almenara.flush(20)
"""


@dataclass(frozen=True)
class World:
    """Everything that runs, and what was received."""

    platform: str
    worker_port: int
    received: Received
    alertmanager: str
    prometheus: str
    folder: Path

    def send(self, event_type: str, run_id: str, pipeline: str = "ventas_etl", **more: object) -> None:
        """An OpenLineage event of now."""
        event = run_event(event_type, run_id=run_id, pipeline=pipeline, **more)
        event["eventTime"] = datetime.now(UTC).isoformat()
        headers = {"Authorization": f"Bearer {TOKEN}"}
        url = f"{self.platform}/api/v1/lineage"
        httpx.post(url, json=event, headers=headers, **HTTP).raise_for_status()

    def recorded(self, query: str) -> list[dict]:
        """What Prometheus answers."""
        answer = httpx.get(f"{self.prometheus}/api/v1/query", params={"query": query}, **HTTP)
        return answer.json()["data"]["result"]

    def alerts(self, **query: str) -> list[dict]:
        """The platform's alerts."""
        return httpx.get(f"{self.platform}/api/v1/alerts", params=query, **HTTP).json()["items"]

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """A worker whose first run completes and whose second one hangs in its first stage."""
        arguments = [self.platform, str(self.folder / "spool"), str(self.worker_port)]
        environ = {"ALMENARA_API_TOKEN": TOKEN, "PATH": "/usr/bin:/bin"}
        process = subprocess.Popen([sys.executable, "-c", WORKER, *arguments], env=environ)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def _platform(folder: Path, port: int) -> uvicorn.Server:
    settings = platform_settings.read(
        {"data_dir": folder / "data", "ui": False, "port": port}, environ={"ALMENARA_API_TOKEN": TOKEN}
    )
    config = uvicorn.Config(create_app(settings), host="127.0.0.1", port=port, log_level="warning")
    return uvicorn.Server(config)


@pytest.fixture(scope="module")
def world(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Platform, Prometheus, Alertmanager, Slack and PagerDuty."""
    folder = tmp_path_factory.mktemp("world")
    port, worker_port = free_port(), free_port()
    server = _platform(folder, port)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    eventually(lambda: server.started, "the platform starts")
    targets = {"platform": f"127.0.0.1:{port}", "worker-etl": f"127.0.0.1:{worker_port}"}
    with receivers() as (service_port, received):
        services = f"http://127.0.0.1:{service_port}"
        routes = alertmanager_config(checkout, folder, f"127.0.0.1:{port}", services, TOKEN)
        with alertmanager(routes, folder) as manager:
            address = manager.removeprefix("http://")
            platform = f"http://127.0.0.1:{port}"
            links = {"console": platform}
            config = prometheus_config(checkout, folder, address, targets, PIPELINES, links)
            with prometheus(config, folder) as metrics:
                yield World(platform, worker_port, received, manager, metrics, folder)
    server.should_exit = True
    thread.join(20)


def test_a_failing_run_is_told_and_resolved(world: World) -> None:
    """The failure reaches Slack and PagerDuty with blast radius and links; the next success resolves it."""
    good, bad, mended = (str(uuid4()) for _ in range(3))
    for event in ("START", "COMPLETE"):
        world.send(event, good, outputs=[dataset("daily_sales")])
    world.send("COMPLETE", str(uuid4()), pipeline="report", inputs=[dataset("daily_sales")])
    reach = 'pipeline_downstream{pipeline="ventas_etl",kind="pipelines"} == 1'
    eventually(lambda: world.recorded(reach), "Prometheus knows what ventas_etl reaches")
    # Measured every second interval only, and a page may be faster than that.
    left = 'slo:period_error_budget_remaining:ratio{slo_id="ventas_etl-duration"}'
    eventually(lambda: world.recorded(left), "the budget of ventas_etl is measured")
    world.send("START", bad)
    error = {"errorMessage": {"message": "division by zero", "programmingLanguage": "python"}}
    world.send("FAIL", bad, facets=error)

    slack, pages = world.received.slack, world.received.pages
    told = eventually(lambda: slack("FIRING", "*RunFailed*:", "ventas_etl"), "RunFailed at Slack")[0]
    assert "1 datasets" in told
    assert f"<{world.platform}/runbooks/RunFailed|Runbook>" in told
    assert "Dashboard" not in told, "there is no Grafana here"
    page = eventually(lambda: pages("trigger", "ventas_etl"), "a page at PagerDuty")[0]
    assert page["payload"]["severity"] == "critical"
    budget = page["payload"]["custom_details"]["budget_left"]
    assert re.fullmatch(r"-?\d+\.\d %", budget.strip()), budget
    assert "1 pipelines" in page["payload"]["custom_details"]["blast_radius"]
    assert [link["text"] for link in page["links"]] == ["Blast radius"]
    assert page["routing_key"] == PAGERDUTY_KEY

    mine = {"name": "RunFailed", "pipeline": "ventas_etl"}
    shown = eventually(lambda: world.alerts(**mine, firing="true"), "RunFailed in the console")[0]
    assert [run["run_id"] for run in shown["runs"] if run["state"] == "FAIL"] == [bad]
    assert (shown["reach"]["pipelines"], shown["reach"]["known"]) == (["report"], True)

    for event in ("START", "COMPLETE"):
        world.send(event, mended)
    # Another ticket of the pipeline may still fire, so that the message as a whole is not one of all clear.
    eventually(lambda: slack("*RunFailed* (resolved)", "ventas_etl"), "RunFailed resolved at Slack")
    resolved = eventually(lambda: pages("resolve", "ventas_etl"), "the page resolved at PagerDuty", 120)[0]
    assert resolved["dedup_key"] == page["dedup_key"]
    eventually(lambda: world.alerts(**mine, firing="false"), "RunFailed resolved in the console")
    assert world.received.faults == []


def test_a_hung_and_then_killed_worker_is_told(world: World) -> None:
    """A run that processes nothing any more is PipelineStuck; with its worker gone it is RunLate instead."""
    slack, pages = world.received.slack, world.received.pages
    with world.worker():
        eventually(lambda: slack("*PipelineStuck*:", "hung_etl"), "PipelineStuck at Slack", 120)
        eventually(lambda: pages("trigger", "hung_etl", "PipelineStuck"), "PipelineStuck at PagerDuty")
        stuck = {"name": "PipelineStuck", "pipeline": "hung_etl"}
        eventually(lambda: world.alerts(**stuck, firing="true"), "PipelineStuck in the console")
    eventually(lambda: slack("*PipelineStuck* (resolved)", "hung_etl"), "PipelineStuck is over")
    eventually(lambda: slack("*RunLate*:", "hung_etl"), "RunLate at Slack")
    late = {"name": "RunLate", "pipeline": "hung_etl"}
    eventually(lambda: world.alerts(**late, firing="true"), "RunLate in the console")
    assert world.received.faults == []


def test_the_dead_mans_switch_is_fed(world: World) -> None:
    """The Watchdog arrives outside and in the console, and at nobody's Slack."""
    eventually(lambda: world.received.at("/watchdog"), "the Watchdog arrives")
    eventually(lambda: world.alerts(name="Watchdog"), "the Watchdog in the console")
    assert world.received.slack("Watchdog") == []


def test_a_silence_keeps_a_message_back(world: World) -> None:
    """`almenara silence add` with author, reason and end reaches Alertmanager."""
    environ = {"ALMENARA_ALERTMANAGER_URL": world.alertmanager, "PATH": "/usr/bin:/bin"}
    almenara = str(Path(sys.executable).with_name("almenara"))
    command = [almenara, "silence", "add", "--pipeline", "quiet_etl"]
    added = subprocess.run(
        [*command, "--for", "2h", "--reason", "source moves", "--author", "ana"],
        env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    silences = httpx.get(f"{world.alertmanager}/api/v2/silences", **HTTP).json()
    assert [(each["createdBy"], each["comment"]) for each in silences] == [("ana", "source moves")]
    length = datetime.fromisoformat(silences[0]["endsAt"]) - datetime.fromisoformat(silences[0]["startsAt"])
    assert timedelta(minutes=119) < length <= timedelta(hours=2)

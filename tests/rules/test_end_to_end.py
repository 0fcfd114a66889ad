"""From a failing run to a message at Slack and PagerDuty and back to all clear, on the real programs.

The rule files are the committed ones with a second for every minute; thresholds come from a configuration.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import uvicorn
import yaml
from tests.platform.events import dataset, run_event
from tests.rules.programs import alertmanager, eventually, free_port, prometheus
from tests.rules.receivers import Received, receivers
from tests.rules.timescale import shorten

from almenara_platform import settings as platform_settings
from almenara_platform.alerts.receivers import keep_usable
from almenara_platform.app import create_app
from almenara_platform.slo.generate import generate, write_files
from almenara_platform.slo.load import load_slos
from almenara_platform.slo.pipelines import load_pipelines

pytestmark = [pytest.mark.promtool, pytest.mark.amtool]
TOKEN = "t0ken"
PAGERDUTY_KEY = "0123456789abcdef0123456789abcdef"
PIPELINES = """
defaults:
  team: data-engineering
  thresholds:
    {error_percentage: 5, latency_p99: 30s, quality_score: 90, null_percentage: 20, duplicates: 0,
     volume_low: 0.5, volume_high: 3}
pipelines:
  ventas_etl: {enabled: true, thresholds: {max_age: 26h}}
  killed_etl: {enabled: true, thresholds: {max_age: 10s}}
"""
WORKER = """
import sys, time
import almenara
almenara.configure(service="worker", url=sys.argv[1], spool_dir=sys.argv[2], heartbeat_seconds=1)
almenara.metrics.serve(int(sys.argv[3]))
pipeline = almenara.Pipeline("killed_etl", namespace="retail", owner="data-engineering")
with pipeline.run() as run, run.stage("extract") as stage:
    stage.processed(10)
almenara.flush(20)
print("completed", flush=True)
with pipeline.run() as run, run.stage("extract") as stage:
    stage.processed(10)
    time.sleep(600)
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
        httpx.post(url, json=event, headers=headers, trust_env=False).raise_for_status()

    def slack(self, *words: str) -> list[str]:
        """Texts of Slack messages that have all these words in title or text."""
        sent = [each for body in self.received.at("/slack") for each in body["attachments"]]
        texts = [f"{each['title']}\n{each['text']}" for each in sent]
        return [text for text in texts if all(word in text for word in words)]

    def recorded(self, query: str) -> list[dict]:
        """What Prometheus answers."""
        answer = httpx.get(f"{self.prometheus}/api/v1/query", params={"query": query}, trust_env=False)
        return answer.json()["data"]["result"]

    def alerts(self, **query: str) -> list[dict]:
        """The platform's alerts."""
        return httpx.get(f"{self.platform}/api/v1/alerts", params=query, trust_env=False).json()["items"]


def _platform(folder: Path, port: int) -> uvicorn.Server:
    settings = platform_settings.read(
        {"data_dir": folder / "data", "ui": False, "port": port}, environ={"ALMENARA_API_TOKEN": TOKEN}
    )
    config = uvicorn.Config(create_app(settings), host="127.0.0.1", port=port, log_level="warning")
    return uvicorn.Server(config)


def _rules(checkout: Path, folder: Path) -> Path:
    source = folder / "config"
    source.mkdir()
    for path in (checkout / "prometheus/rules").glob("*.yml"):
        (source / path.name).write_text(path.read_text())
    (folder / "pipelines.yaml").write_text(PIPELINES)
    slos = load_slos([checkout / "config/slos"], 35 * 86_400)
    write_files(source, generate(slos, load_pipelines(folder / "pipelines.yaml")))
    return shorten(source, folder / "rules")


def _prometheus_config(checkout: Path, folder: Path, targets: dict[str, str]) -> Path:
    config = yaml.safe_load((checkout / "prometheus/prometheus.yml").read_text())
    config["global"] |= {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [f"{_rules(checkout, folder)}/*.yml"]
    config["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [targets.pop("alertmanager")]}]}]
    config["scrape_configs"] = [
        {"job_name": job, "static_configs": [{"targets": [target]}]} for job, target in targets.items()
    ]
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(config))
    return file


def _alertmanager_config(checkout: Path, folder: Path, platform: str, services: str) -> Path:
    secrets = {
        "slack_url": f"{services}/slack",
        "pagerduty_data_engineering": PAGERDUTY_KEY,
        "platform_token": TOKEN,
        "watchdog_url": f"{services}/watchdog",
    }
    (folder / "secrets").mkdir()
    for name, value in secrets.items():
        (folder / "secrets" / name).write_text(value)
    text = (
        (checkout / "alertmanager/alertmanager.yml").read_text().replace("//platform:8080", f"//{platform}")
    )
    config = yaml.safe_load(text)
    keep_usable(config, folder)
    config["global"]["pagerduty_url"] = f"{services}/v2/enqueue"
    config["templates"] = [str(checkout / "alertmanager/templates/*.tmpl")]
    _hurry(config["route"])
    file = folder / "alertmanager.yml"
    file.write_text(yaml.safe_dump(config))
    return file


def _hurry(route: dict) -> None:
    route |= {"group_wait": "1s", "group_interval": "2s"}
    for child in route.get("routes", ()):
        _hurry(child)


@pytest.fixture(scope="module")
def world(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Platform, Prometheus, Alertmanager, Slack and PagerDuty."""
    folder = tmp_path_factory.mktemp("world")
    port, worker_port = free_port(), free_port()
    server = _platform(folder, port)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    eventually(lambda: server.started, "the platform starts")
    with receivers() as (services, received):
        routes = _alertmanager_config(checkout, folder, f"127.0.0.1:{port}", services)
        with alertmanager(routes, folder) as manager:
            targets = {
                "alertmanager": manager.removeprefix("http://"),
                "platform": f"127.0.0.1:{port}",
                "worker-etl": f"127.0.0.1:{worker_port}",
            }
            with prometheus(_prometheus_config(checkout, folder, targets), folder) as metrics:
                platform = f"http://127.0.0.1:{port}"
                yield World(platform, worker_port, received, manager, metrics, folder)
    server.should_exit = True
    thread.join(20)


def test_a_failing_run_is_told_and_resolved(world: World) -> None:
    """The failure reaches Slack and PagerDuty with blast radius and links; the next success resolves it."""
    good, bad, mended = (str(uuid4()) for _ in range(3))
    for event in ("START", "COMPLETE"):
        world.send(event, good, outputs=[dataset("daily_sales")])
    world.send("COMPLETE", str(uuid4()), pipeline="report", inputs=[dataset("daily_sales")])
    world.send("START", bad)
    before = (
        'count_over_time(pipeline_run_duration_seconds_count{pipeline="ventas_etl",outcome="fail"}[5s]) > 2'
    )
    eventually(lambda: world.recorded(before), "Prometheus has seen that nothing failed so far")
    error = {"errorMessage": {"message": "division by zero", "programmingLanguage": "python"}}
    world.send("FAIL", bad, facets=error)

    told = eventually(lambda: world.slack("FIRING", "RunFailed", "ventas_etl"), "RunFailed at Slack")[0]
    assert "1 datasets" in told
    assert "/runbooks/RunFailed" in told
    page = eventually(lambda: _pages(world, "trigger"), "a page at PagerDuty")[0]
    assert page["payload"]["severity"] == "critical"
    assert page["payload"]["component"] == "ventas_etl"
    assert page["payload"]["custom_details"]["budget_left"].strip()
    assert page["routing_key"] == PAGERDUTY_KEY

    shown = eventually(lambda: world.alerts(name="RunFailed", firing="true"), "RunFailed in the console")[0]
    assert [run["run_id"] for run in shown["runs"] if run["state"] == "FAIL"] == [bad]
    assert (shown["reach"]["pipelines"], shown["reach"]["known"]) == (["report"], True)

    for event in ("START", "COMPLETE"):
        world.send(event, mended)
    eventually(lambda: world.slack("RESOLVED", "RunFailed"), "RunFailed resolved at Slack")
    resolved = eventually(lambda: _pages(world, "resolve"), "the page resolved at PagerDuty", 90)[0]
    assert resolved["dedup_key"] == page["dedup_key"]
    eventually(lambda: world.alerts(name="RunFailed", firing="false"), "RunFailed resolved in the console")


def test_a_killed_worker_is_told(world: World) -> None:
    """A worker that is killed in mid-run leads to RunLate, because no run completes any more."""
    arguments = [world.platform, str(world.folder / "spool"), str(world.worker_port)]
    environ = {"ALMENARA_API_TOKEN": TOKEN, "PATH": "/usr/bin:/bin"}
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, *arguments], env=environ, stdout=subprocess.PIPE, text=True
    )
    try:
        assert worker.stdout
        assert "completed" in (line.strip() for line in worker.stdout)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    eventually(lambda: world.slack("FIRING", "RunLate", "killed_etl"), "RunLate at Slack")
    assert world.alerts(name="RunLate", pipeline="killed_etl")


def test_the_dead_mans_switch_is_fed(world: World) -> None:
    """The Watchdog arrives outside and in the console, and at nobody's Slack."""
    eventually(lambda: world.received.at("/watchdog"), "the Watchdog arrives")
    eventually(lambda: world.alerts(name="Watchdog"), "the Watchdog in the console")
    assert world.slack("Watchdog") == []


def test_messages_follow_the_services_schemas(world: World) -> None:
    """Whatever was sent in this module is what Slack and PagerDuty document."""
    eventually(lambda: world.received.at("/slack"), "a message at Slack")
    assert world.received.faults == []


def test_a_silence_keeps_a_message_back(world: World) -> None:
    """`almenara silence add` with author, reason and end reaches Alertmanager."""
    environ = {"ALMENARA_ALERTMANAGER_URL": world.alertmanager, "PATH": "/usr/bin:/bin"}
    almenara = str(Path(sys.executable).with_name("almenara"))
    command = [almenara, "silence", "add", "--pipeline", "ventas_etl"]
    added = subprocess.run(
        [*command, "--for", "2h", "--reason", "source moves", "--author", "ana"],
        env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    silences = httpx.get(f"{world.alertmanager}/api/v2/silences", trust_env=False).json()
    assert [(each["createdBy"], each["comment"]) for each in silences] == [("ana", "source moves")]
    length = datetime.fromisoformat(silences[0]["endsAt"]) - datetime.fromisoformat(silences[0]["startsAt"])
    assert timedelta(minutes=119) < length <= timedelta(hours=2)


def _pages(world: World, action: str) -> list[dict]:
    return [body for body in world.received.at("/v2/enqueue") if body["event_action"] == action]

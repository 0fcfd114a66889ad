"""``python -m almenara_platform``: how it starts, what it tells and how it ends."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path

import httpx
import pytest
from tests.platform.process import PlatformProcess, platform
from websockets.sync.client import connect

from almenara_platform.__main__ import main

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE = PARENT.split("-")[1]


def spans_of(running: PlatformProcess, trace_id: str) -> list[dict[str, object]]:
    """The spans of a trace, waited for."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        answer = httpx.get(f"{running.url}/api/v1/traces/{trace_id}")
        if answer.status_code == 200:
            return answer.json()["spans"]
        time.sleep(0.05)
    return []


def test_platform_serves_and_stops(tmp_path: Path) -> None:
    """It logs JSON lines, answers problems with the id of their trace, and ends well on SIGTERM."""
    with platform(tmp_path) as running:
        answer = httpx.get(f"{running.url}/api/v1/runs/x")
        assert answer.json()["trace_id"] == answer.headers["x-trace-id"]
        assert running.stop() == 0
    lines = [json.loads(line) for line in (tmp_path / "output").read_text().splitlines()]
    assert {line["service"] for line in lines} == {"almenara-platform"}


def test_visits_of_pages_are_not_logged(tmp_path: Path) -> None:
    """Every page opens a WebSocket; the log tells of the server's start and stop, and of no such visit."""
    with platform(tmp_path, ALMENARA_UI="true") as running:
        address = f"{running.url.replace('http', 'ws')}/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
        with connect(address, open_timeout=90) as visit:
            assert "sid" in str(visit.recv(90))
        assert running.stop() == 0
    lines = [json.loads(line) for line in (tmp_path / "output").read_text().splitlines()]
    messages = [line["message"] for line in lines if line.get("logger") == "uvicorn.error"]
    assert any("Application startup complete" in message for message in messages)
    assert any("Waiting for application shutdown" in message for message in messages)
    assert [each for each in messages if "connection " in each or "WebSocket" in each] == []


def test_own_span_stands_in_the_trace_of_its_caller(tmp_path: Path) -> None:
    """A request of a traced caller leaves a SERVER span; one without a trace leaves none."""
    with platform(tmp_path) as running:
        httpx.get(f"{running.url}/api/v1/pipelines")
        httpx.get(f"{running.url}/api/v1/runs", headers={"traceparent": PARENT})
        (span,) = spans_of(running, TRACE)
        assert (span["service"], span["kind"], span["name"]) == (
            "almenara-platform",
            "SERVER",
            "GET /api/v1/runs",
        )
        assert span["parent_span_id"] == PARENT.split("-")[2]
        assert len(httpx.get(f"{running.url}/api/v1/traces").json()["items"]) == 1


def test_own_signals_go_to_the_collector_that_is_named(tmp_path: Path) -> None:
    """With ALMENARA_OTLP_ENDPOINT the platform's spans and log lines are sent there, and not kept twice."""
    for name in ("there", "here"):
        (tmp_path / name).mkdir()
    with platform(tmp_path / "there") as collector:
        spool = str(tmp_path / "spool")
        there = {"ALMENARA_OTLP_ENDPOINT": collector.url, "ALMENARA_SPOOL_DIR": spool}
        with platform(tmp_path / "here", **there, ALMENARA_EXIT_TIMEOUT_SECONDS="60") as running:
            httpx.get(f"{running.url}/api/v1/runs", headers={"traceparent": PARENT})
            assert running.stop() == 0
            (span,) = spans_of(collector, TRACE)
        lines = httpx.get(f"{collector.url}/api/v1/logs", params={"service": "almenara-platform"}).json()
    assert span["service"] == "almenara-platform"
    assert lines["items"]


def test_intake_does_not_feed_itself(tmp_path: Path) -> None:
    """Requests that bring signals leave no signals, or every span would bring another."""
    other = PARENT.replace("0af7", "ffff")
    with platform(tmp_path) as running:
        headers = {"traceparent": PARENT, "Content-Type": "application/json"}
        assert httpx.post(f"{running.url}/v1/traces", content="{}", headers=headers).status_code == 200
        assert httpx.post(f"{running.url}/api/v1/lineage", content="{}", headers=headers).status_code == 400
        httpx.get(f"{running.url}/api/v1/runs", headers={"traceparent": other})
        assert spans_of(running, other.split("-")[1])
        assert httpx.get(f"{running.url}/api/v1/traces/{TRACE}").status_code == 404


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("ALMENARA_PORT_PLATFORM", "many", "ALMENARA_PORT_PLATFORM"),
        ("ALMENARA_DATABASE_URL", "mysql://x/y", "ALMENARA_DATABASE_URL"),
        ("ALMENARA_DATABASE_URL", "rubbish", "ALMENARA_DATABASE_URL"),
        ("ALMENARA_RETENTION_DAY", "7", "ALMENARA_RETENTION_DAYS"),
        ("ALMENARA_REQUIRE_TOKEN", "true", "ALMENARA_API_TOKEN is empty"),
        ("ALMENARA_DATA_DIR", "/dev/null/data", "cannot be used"),
    ],
)
def test_wrong_setting_is_told_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    value: str,
    told: str,
) -> None:
    """What is wrong is said without a stack, with exit code 2, and nothing stays connected to the log."""
    monkeypatch.setenv("ALMENARA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("ALMENARA_UI", "false")
    monkeypatch.setenv(variable, value)
    handlers = logging.getLogger().handlers[:]
    assert main([]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line
    assert logging.getLogger().handlers == handlers

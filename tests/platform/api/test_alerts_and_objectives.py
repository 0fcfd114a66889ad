"""Alerts and objectives over HTTP."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from tests.platform.events import dataset, run_event

from almenara_platform import settings as platform_settings
from almenara_platform.app import create_app

CHECKOUT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
TOKEN = {"Authorization": "Bearer t0ken"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """A platform with the project's objectives, whose clock stands still."""
    runtime = {
        "data_dir": tmp_path,
        "config_dir": CHECKOUT / "config",
        "runbooks_dir": CHECKOUT / "docs/runbooks",
        "ui": False,
    }
    settings = platform_settings.read(runtime, environ={"ALMENARA_API_TOKEN": "t0ken"})
    with TestClient(create_app(settings, lambda: NOW)) as client:
        yield client


def tell_run(client: TestClient, hours_ago: float, outcome: str = "COMPLETE", error: str = "boom") -> str:
    """Report a run of ten minutes that ended so many hours before now."""
    run_id = str(uuid4())
    message = {"errorMessage": {"message": error, "programmingLanguage": "python"}}
    for event_type, minutes in (("START", 10), (outcome, 0)):
        facets = message if event_type == "FAIL" else {}
        event = run_event(event_type, run_id=run_id, facets=facets, outputs=[dataset("daily")])
        event["eventTime"] = (NOW - timedelta(hours=hours_ago, minutes=minutes)).isoformat()
        assert client.post("/api/v1/lineage", json=event, headers=TOKEN).status_code == 201
    return run_id


def notification(**more: Any) -> dict[str, Any]:
    """A notification as Alertmanager's webhook sends it."""
    alert = {
        "status": "firing",
        "labels": {"alertname": "RunFailed", "pipeline": "ventas_etl", "severity": "warning"},
        "annotations": {"summary": "the last run failed"},
        "startsAt": (NOW - timedelta(minutes=5)).isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus/graph",
        "fingerprint": "a1b2c3",
    }
    return {
        "version": "4",
        "groupKey": "{}",
        "status": "firing",
        "receiver": "platform",
        "alerts": [alert | more],
    }


class TestAlerts:
    """The webhook and the list."""

    def test_an_alert_is_listed_with_its_runs_and_reach(self, client: TestClient) -> None:
        """What came over the webhook is shown with the runs behind it and what it reaches."""
        run_id = tell_run(client, 0.2, "FAIL")
        assert client.post("/api/v1/alerts/webhook", json=notification(), headers=TOKEN).status_code == 204
        [alert] = client.get("/api/v1/alerts").json()["items"]
        assert (alert["name"], alert["firing"], alert["ends_at"]) == ("RunFailed", True, None)
        assert [run["run_id"] for run in alert["runs"]] == [run_id]
        assert alert["reach"] == {"datasets": ["file/daily"], "pipelines": [], "owners": [], "known": True}

    def test_an_alert_on_all_pipelines_has_the_runs_of_any(self, client: TestClient) -> None:
        """The objective of the whole is burnt by somebody's run; an alert on the platform by none."""
        run_id = tell_run(client, 0.2, "FAIL")
        for name in ("all", "platform"):
            labels = {"alertname": "SLOBudgetBurn", "pipeline": name, "severity": "critical"}
            body = notification(labels=labels, fingerprint=name)
            client.post("/api/v1/alerts/webhook", json=body, headers=TOKEN).raise_for_status()
        told = {alert["pipeline"]: alert["runs"] for alert in client.get("/api/v1/alerts").json()["items"]}
        assert [run["run_id"] for run in told["all"]] == [run_id]
        assert told["platform"] == []

    def test_a_run_that_fails_while_an_alert_fires_is_behind_it(self, client: TestClient) -> None:
        """Alertmanager tells an alert again hours later; until then its newer runs are shown all the same."""
        first = tell_run(client, 0.2, "FAIL")
        client.post("/api/v1/alerts/webhook", json=notification(), headers=TOKEN).raise_for_status()
        again = tell_run(client, -0.5, "FAIL")
        [alert] = client.get("/api/v1/alerts").json()["items"]
        assert [run["run_id"] for run in alert["runs"]] == [again, first]
        over = notification(status="resolved", endsAt=NOW.isoformat())
        client.post("/api/v1/alerts/webhook", json=over, headers=TOKEN).raise_for_status()
        [alert] = client.get("/api/v1/alerts").json()["items"]
        assert [run["run_id"] for run in alert["runs"]] == [first]

    def test_it_is_resolved(self, client: TestClient) -> None:
        """The second notification ends it."""
        client.post("/api/v1/alerts/webhook", json=notification(), headers=TOKEN)
        over = notification(status="resolved", endsAt=NOW.isoformat())
        client.post("/api/v1/alerts/webhook", json=over, headers=TOKEN)
        assert client.get("/api/v1/alerts?firing=true").json()["items"] == []
        [alert] = client.get("/api/v1/alerts?firing=false").json()["items"]
        assert alert["ends_at"] == "2026-03-20T12:00:00.000000Z"

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "alerts"),
            (notification(status="odd"), "alerts.0.status"),
            (notification(startsAt="yesterday"), "alerts.0.startsAt"),
            (notification(fingerprint=""), "alerts.0.fingerprint"),
        ],
    )
    def test_a_wrong_notification_is_refused(self, client: TestClient, body: dict, field: str) -> None:
        """A 400 names the field, and nothing is stored."""
        answer = client.post("/api/v1/alerts/webhook", json=body, headers=TOKEN)
        assert (answer.status_code, answer.json()["field"]) == (400, field)
        assert client.get("/api/v1/alerts").json()["items"] == []

    def test_the_webhook_asks_for_the_token(self, client: TestClient) -> None:
        """Nobody else may raise alarms."""
        assert client.post("/api/v1/alerts/webhook", json=notification()).status_code == 401


class TestObjectives:
    """Status, detail, review and queries."""

    def test_status(self, client: TestClient) -> None:
        """One failure of four runs has taken 25 budgets of one percent."""
        for hours in (3, 27, 51):
            tell_run(client, hours)
        tell_run(client, 70, "FAIL")
        found = {slo["id"]: slo for slo in client.get("/api/v1/slos").json()["items"]}
        duration = found["ventas_etl-duration"]
        assert (duration["sli"], duration["met"], duration["exhausted_in_seconds"]) == (0.75, False, 0)
        assert duration["budget_remaining"] == pytest.approx(-24)
        assert duration["burn_rates"]["1d"] == 0
        assert (duration["runs"], duration["bad_runs"]) == (4, 1)
        assert duration["basis"] == "1 of 4 runs was bad; among so few one bad run takes the whole budget"
        assert found["ventas_etl-freshness"]["runs"] is None
        assert found["ventas_etl-freshness"]["sli"] == 1
        assert found["ml_training-availability"]["enabled"] is False
        assert "needs Prometheus" in found["streaming_kafka-errors"]["note"]

    def test_detail_names_the_run_that_cost_most(self, client: TestClient) -> None:
        """The failed run stands first, and the burn-down ends at what the status says."""
        tell_run(client, 5)
        failed = tell_run(client, 3, "FAIL")
        slo = client.get("/api/v1/slos/ventas_etl-duration").json()
        assert slo["costs"][0]["run"]["run_id"] == failed
        assert slo["burn_down"][-1]["remaining"] == pytest.approx(slo["budget_remaining"])

    @pytest.mark.parametrize("field", ["since", "until"])
    @pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "1969-12-31", "9999-12-31T23:59:59-14:00"])
    @pytest.mark.parametrize("slo", ["ventas_etl-freshness", "streaming_kafka-errors"])
    def test_a_time_that_no_run_can_have(self, client: TestClient, slo: str, field: str, time: str) -> None:
        """The ends of the calendar, which cannot be reckoned with, are a 400 that names the parameter."""
        answer = client.get(f"/api/v1/slos/{slo}", params={field: time})
        assert (answer.status_code, answer.json()["field"]) == (400, field)

    def test_an_unknown_objective(self, client: TestClient) -> None:
        """A 404 says what to do."""
        answer = client.get("/api/v1/slos/nope")
        assert (answer.status_code, "almenara slo status" in answer.json()["detail"]) == (404, True)

    def test_the_review_of_a_month(self, client: TestClient) -> None:
        """JSON, Markdown and HTML tell the same month; foreign text is inert in both."""
        tell_run(client, 30)
        failed = tell_run(client, 3, "FAIL", error="<script>alert(1)</script> | x [y](z)")
        plain = client.get("/api/v1/slo-review?month=2026-03").json()
        duration = next(slo for slo in plain["objectives"] if slo["id"] == "ventas_etl-duration")
        assert (duration["sli"], duration["met"]) == (0.5, False)
        for form in ("md", "html"):
            answer = client.get(f"/api/v1/slo-review?month=2026-03&format={form}")
            assert failed in answer.text
            assert "| ended | cost |" in answer.text or "<th>Ended<th>Cost<" in answer.text
            assert f">{failed[:13]}…<" in answer.text or f"[{failed[:13]}…](" in answer.text
            assert "<script>" not in answer.text
        assert "<svg" in answer.text
        markdown = client.get("/api/v1/slo-review?month=2026-03&format=md").text
        assert r"\<script\>" in markdown
        assert r"\[y\](z)" in markdown

    def test_the_review_counts_the_alerts_of_each_objective(self, client: TestClient) -> None:
        """Another objective's alert, or another alert of the pipeline, is not one of freshness."""
        tell_run(client, 3)
        labels = {"alertname": "SLOBudgetBurn", "pipeline": "ventas_etl", "slo_id": "ventas_etl-duration"}
        for alert in (notification(), notification(labels=labels, fingerprint="d4e5f6")):
            client.post("/api/v1/alerts/webhook", json=alert, headers=TOKEN).raise_for_status()
        text = client.get("/api/v1/slo-review?month=2026-03&format=md").text
        rows = [line.split("|") for line in text.splitlines() if line.startswith("| ventas")]
        counts = {row[1].strip().replace("\\", ""): row[5].strip() for row in rows}
        assert counts == {"ventas_etl-duration": "1", "ventas_etl-freshness": "0", "ventas_etl-quality": "0"}

    def test_a_month_before_there_was_anything(self, client: TestClient) -> None:
        """Nothing was measured, and that is said."""
        text = client.get("/api/v1/slo-review?month=2025-01&format=md").text
        assert "not measured" in text

    @pytest.mark.parametrize("month", ["", "2026", "2026-13", "2999-01", "2026-03-01"])
    def test_what_is_no_month(self, client: TestClient, month: str) -> None:
        """A 400 names the field."""
        answer = client.get(f"/api/v1/slo-review?month={month}")
        assert (answer.status_code, answer.json()["field"]) == (400, "month")

    def test_a_query_without_prometheus(self, client: TestClient) -> None:
        """A 503 says what is missing; an unknown name is a 404 with near ones."""
        answer = client.get("/api/v1/query/throughput")
        assert (answer.status_code, "ALMENARA_PROMETHEUS_URL" in answer.json()["detail"]) == (503, True)
        assert client.get("/api/v1/query/thruput").json()["near"] == ["throughput"]
        assert "throughput" in {each["name"] for each in client.get("/api/v1/query").json()["items"]}


def test_a_slip_in_one_file_costs_no_other_objective(tmp_path: Path) -> None:
    """What is right is measured all the same, thresholds and pipelines included; the rest is left out."""
    config = shutil.copytree(CHECKOUT / "config", tmp_path / "config")
    (config / "slos/broken.yaml").write_text("- no mapping\n")
    again = (config / "slos/all.yaml").read_text()
    (config / "slos/twice.yaml").write_text(again)
    settings = platform_settings.read({"data_dir": tmp_path, "config_dir": config, "ui": False}, environ={})
    with TestClient(create_app(settings, lambda: NOW)) as client:
        found = {slo["id"]: slo["enabled"] for slo in client.get("/api/v1/slos").json()["items"]}
    assert found["all-duration"]
    assert found["ventas_etl-freshness"]
    assert not found["ml_training-availability"]

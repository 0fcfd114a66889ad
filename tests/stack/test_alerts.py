"""From a fault of a run to Slack and PagerDuty and back to all clear, in the containers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.rules.hurried import PAGERDUTY_KEY
from tests.stack.project import Project
from tests.stack.signals import Run, Signals, until
from tests.stack.watchtower import Watchtower, watchtower

pytestmark = [pytest.mark.docker, pytest.mark.stack, pytest.mark.timeout(600)]

PIPELINES = "{ventas_etl: {enabled: true, thresholds: {max_age: 30s}}}"


@pytest.fixture(scope="module")
def watch(signals: Signals, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watchtower]:
    """What watches a stack that has one complete run."""
    with watchtower(signals, tmp_path_factory.mktemp("watchtower"), PIPELINES) as found:
        reach = 'pipeline_downstream{pipeline="ventas_etl",kind="datasets"} > 0'
        assert until(lambda: found.knows(reach)), "Prometheus does not know what ventas_etl reaches"
        yield found


def test_failing_transform_is_told_and_resolved(signals: Signals, watch: Watchtower) -> None:
    """The fault reaches Slack, PagerDuty and the console, each with its run; the next run ends it."""
    slack, pages = watch.received.slack, watch.received.pages
    failed = signals.ended(signals.start(day="2017-03-05", fault="failing_transform"))
    assert failed["state"] == "FAIL"
    assert (told := until(lambda: slack("*RunFailed*:", "ventas_etl"))), "nothing at Slack"
    assert "datasets" in told[0]
    assert "<http://console.example/runbooks/RunFailed|Runbook>" in told[0]
    assert "<http://grafana.example/d/almenara-pipelines?var-pipeline=ventas_etl|Dashboard>" in told[0]
    assert (paged := until(lambda: pages("trigger", "ventas_etl", "SLOBudgetBurn"))), "nothing at PagerDuty"
    assert (paged[0]["payload"]["severity"], paged[0]["routing_key"]) == ("critical", PAGERDUTY_KEY)
    assert "datasets" in paged[0]["payload"]["custom_details"]["blast_radius"]
    assert [link["text"] for link in paged[0]["links"]] == ["Blast radius", "Dashboard"]
    # The stack's own Alertmanager may still tell of an earlier failure.
    shown = until(lambda: watch.about("RunFailed", failed["run_id"]))
    assert shown, "nothing in the console"
    assert shown[0]["reach"]["known"]

    mended = signals.ended(signals.start(day="2017-03-05"))
    assert mended["state"] == "COMPLETE"
    assert until(lambda: slack("*RunFailed* (resolved)", "ventas_etl")), "not resolved at Slack"
    assert (over := until(lambda: pages("resolve", "ventas_etl"))), "not resolved at PagerDuty"
    assert over[0]["dedup_key"] == paged[0]["dedup_key"]
    began = shown[0]["starts_at"]
    assert until(lambda: watch.resolved_in_the_console("RunFailed", began)), "not resolved in the console"
    assert watch.received.faults == []


def test_killed_worker_is_told_until_it_is_back(
    project: Project, signals: Signals, watch: Watchtower
) -> None:
    """With its worker killed in mid-run the pipeline is late; the worker comes back, runs it, all is well."""
    slack = watch.received.slack
    assert signals.ended(signals.start(day="2017-03-06"))["state"] == "COMPLETE"
    assert until(lambda: not watch.firing("RunLate", "ventas_etl"))
    run_id = signals.start(day="2017-03-06", fault="slow_source")
    assert until(lambda: signals.run(run_id).get("state") == "RUNNING")
    project.compose("kill", "worker-etl")
    try:
        assert until(lambda: watch.firing("RunLate", "ventas_etl"))
        assert until(lambda: slack("*RunLate*:", "ventas_etl")), "nothing at Slack"
        assert until(lambda: watch.in_the_console("RunLate", firing=True))
    finally:
        project.compose("start", "worker-etl")
    # Silent for so long it may count as aborted until its worker tells of it again.
    assert until(lambda: signals.run(run_id).get("state") == "COMPLETE"), signals.run(run_id)
    assert until(lambda: slack("*RunLate* (resolved)", "ventas_etl")), "not resolved at Slack"
    assert watch.received.faults == []

"""What happens when a part dies or is away: the stack heals by itself, and nothing that was sent is lost.

An outage lasts ``ALMENARA_OUTAGE_SECONDS``, a minute without it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.containers import services
from tests.stack.job import SERVICE, Job
from tests.stack.project import Project, absent
from tests.stack.signals import Signals, until

from almenara.ids import TimeOrderedRunIds

pytestmark = [pytest.mark.docker, pytest.mark.stack, pytest.mark.timeout(900)]

AWAY_SECONDS = float(os.environ.get("ALMENARA_OUTAGE_SECONDS", "60"))
WHOLE_SECONDS = 180
WORKER = "worker-etl"
EVENTS = {"OTHER", "START", "COMPLETE"}
STEPS = {"ventas_etl", "extract", "validate", "transform", "load"}


def killed() -> list[str]:
    """Every part that runs here and stays."""
    return [name for name in services() if name not in {"volume-owners", *absent()}]


def assert_whole(project: Project) -> None:
    """Wait until every part is healthy, as `almenara status` sees it."""
    assert until(lambda: not project.ill(), WHOLE_SECONDS), project.ill()


@contextmanager
def away(project: Project, service: str) -> Iterator[None]:
    """Stop a part for at least ``AWAY_SECONDS``, and start it again."""
    project.compose("stop", "--timeout", "10", service)
    stopped = time.monotonic()
    try:
        yield
        time.sleep(max(0.0, AWAY_SECONDS - (time.monotonic() - stopped)))
    finally:
        project.compose("start", service)


def printed(project: Project, service: str, run_id: str) -> list[str]:
    """Messages that a service wrote about a run to its own output, which needs no backend."""
    lines = project.compose("logs", "--no-color", "--no-log-prefix", service).splitlines()
    found = (json.loads(line) for line in lines if run_id in line and line.startswith("{"))
    return sorted(one["message"] for one in found if one.get("run_id") == run_id)


def shipped(signals: Signals, service: str, run_id: str) -> list[str]:
    """Messages of a run in Loki."""
    lines = signals.lines(f'{{service_name="{service}"}} | run_id="{run_id}"')
    return sorted(line["message"] for line in lines)


def operations(signals: Signals, trace_id: str) -> list[str]:
    """What the spans of a trace are called; none while one of them lacks its parent."""
    spans = signals.spans(trace_id)
    known = {span["spanID"] for span in spans}
    parents = {parent for span in spans for parent in span["parents"]}
    return sorted(span["operationName"] for span in spans) if parents <= known else []


def assert_delivered(project: Project, signals: Signals, run_id: str) -> None:
    """A run of ventas_etl is complete: all its lines, events and spans are where they belong."""
    run = signals.ended(run_id)
    assert run["state"] == "COMPLETE"
    # The engine may still be writing down what the worker printed.
    assert until(lambda: "run_completed" in printed(project, WORKER, run_id))
    assert until(lambda: shipped(signals, WORKER, run_id) == printed(project, WORKER, run_id))
    assert until(lambda: {event["eventType"] for event in signals.events(run_id)} >= EVENTS)
    assert until(lambda: set(operations(signals, run["trace_id"])) >= STEPS), signals.spans(run["trace_id"])


def test_whatever_is_killed_comes_back(project: Project, signals: Signals) -> None:
    """Each part dies in turn; the engine starts it again, the stack is whole, and a run passes through it."""
    for service in killed():
        before = project.containers()[service]["State"]["StartedAt"]
        project.kill(service)

        def runs_anew(service: str = service, before: str = before) -> bool:
            state = project.containers()[service]["State"]
            return state["Running"] and state["StartedAt"] != before

        assert until(runs_anew, WHOLE_SECONDS), service
    assert_whole(project)
    assert_delivered(project, signals, signals.start(day="2017-03-03"))


@pytest.mark.parametrize("service", ["loki", "jaeger", "otel-collector", "platform"])
def test_nothing_of_a_run_is_lost_while_a_backend_is_away(
    project: Project, signals: Signals, service: str
) -> None:
    """The run ends before the backend is back, and afterwards every line, span and event of it is there."""
    with away(project, service):
        run_id = signals.start(day="2017-03-04")
        assert until(lambda: "run_completed" in printed(project, WORKER, run_id))
    assert_delivered(project, signals, run_id)


def test_nothing_of_a_job_is_lost_while_the_database_is_away(
    project: Project, signals: Signals, tmp_path: Path
) -> None:
    """A job runs to its end while PostgreSQL is stopped; what it could not send waits on disk."""
    job = Job(signals, tmp_path / "spool")
    run_id = TimeOrderedRunIds().run_id()
    with away(project, "postgres"):
        job.run(run_id)
    assert_whole(project)
    steps = ["extract", "load"]
    with job.started_again():
        # A silent run counts as aborted until its end is told.
        run = until(lambda: (found := signals.run(run_id)).get("state") == "COMPLETE" and found)
        assert run, signals.run(run_id)
        assert [stage["name"] for stage in run["stages"]] == steps
        assert until(lambda: shipped(signals, SERVICE, run_id).count("halfway") == 2)
        assert until(lambda: set(operations(signals, run["trace_id"])) == {"outage_job", *steps})


def test_marquez_gets_what_it_missed(project: Project, signals: Signals) -> None:
    """Events that came while Marquez was stopped wait in the outbox and are forwarded afterwards."""
    if "marquez" in absent():
        pytest.skip("the image of Marquez is not on this machine")
    with away(project, "marquez"):
        run = signals.ended(signals.start(day="2017-03-05"))
    url = f"{project.url('marquez', 5000)}/api/v1/jobs/runs/{run['run_id']}"
    assert until(lambda: signals.client.get(url).json().get("state") == "COMPLETED", WHOLE_SECONDS)


def test_second_up_changes_nothing(project: Project) -> None:
    """After all this every part is healthy, and `make up` finds nothing to do."""
    assert_whole(project)
    before = {name: one["Id"] for name, one in project.containers().items()}
    told = project.almenara("up", "--no-first-run")
    assert "nothing was changed" in told
    assert {name: one["Id"] for name, one in project.containers().items()} == before

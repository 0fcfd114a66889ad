"""A platform that forwards: runs in parallel within a bound, nothing lost and little sent twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from fastapi.testclient import TestClient
from tests.platform.conftest import Start
from tests.platform.events import dataset, run_event, whole_run
from tests.platform.outbox.marquez_stub import Marquez, serving
from tests.platform.process import launch

DEADLINE_SECONDS = 60.0
LONG_DAYS = 365 * 1000
"""A retention that keeps the events of the tests, whatever day it is."""

LASTING = {"ALMENARA_RETENTION_DAYS": str(LONG_DAYS)}


def until(holds: Callable[[], bool], wanted: str) -> None:
    """Wait until ``holds``; fails after a minute."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"{wanted} did not come about"
        time.sleep(0.02)


def run_id(number: int) -> str:
    """The id of the run with this number."""
    return f"01950000-0000-7000-8000-{number:012}"


def post(client: TestClient | httpx.Client, *events: dict[str, Any]) -> None:
    """Send events to the platform."""
    for event in events:
        assert client.post("/api/v1/lineage", json=event).status_code == 201


def pending(client: TestClient) -> int:
    """How much waits for Marquez."""
    [backlog] = client.get("/api/v1/outbox").json()["items"]
    return backlog["pending"]


def test_runs_go_in_parallel_and_each_in_order(start: Start, stub: Marquez) -> None:
    """As many runs at a time as allowed, and never two events of one run."""
    stub.seconds = 0.02
    client = start(retention_days=LONG_DAYS, marquez_url=stub.url, outbox_concurrency=4)
    for number in range(20):
        post(client, *whole_run(run_id(number)))
    until(lambda: pending(client) == 0, "an empty outbox")
    assert set(stub.states.values()) == {"COMPLETED"}
    assert set(map(tuple, stub.history.values())) == {("START", "COMPLETE")}
    assert stub.overlapping == 0
    assert 1 < stub.most_at_once <= 4


def test_outage_is_bridged(start: Start, stub: Marquez) -> None:
    """What came in while Marquez failed, lost answers or was slow arrives, each run in order."""
    stub.answers = [(503, None), (500, {"code": 500})]
    stub.lost = 1
    client = start(retention_days=LONG_DAYS, marquez_url=stub.url)
    post(client, *whole_run(run_id(1)), *whole_run(run_id(2)))
    until(lambda: pending(client) == 0, "an empty outbox")
    assert stub.states == {run_id(1): "COMPLETED", run_id(2): "COMPLETED"}
    assert sum(len(history) for history in stub.history.values()) == 5


def test_poison_is_put_aside_and_the_run_goes_on(start: Start, stub: Marquez) -> None:
    """The lists of Marquez answer, the run is complete there, and the dead letter has the whole event."""
    client = start(retention_days=LONG_DAYS, marquez_url=stub.url)
    bad = dataset("t", namespace="my warehouse")
    post(client, *whole_run(inputs=[bad, dataset("raw", "id")]))
    until(lambda: pending(client) == 0, "an empty outbox")
    assert httpx.get(f"{stub.url}/api/v1/namespaces").status_code == 200
    assert list(stub.states.values()) == ["COMPLETED"]
    assert [[named["name"] for named in event["inputs"]] for event in stub.events] == [["raw"], ["raw"]]
    letters = client.get("/api/v1/outbox/dead").json()["items"]
    assert [(letter["event_type"], letter["forwarded"]) for letter in letters] == [
        ("START", True),
        ("COMPLETE", True),
    ]
    assert "my warehouse" in letters[0]["reason"]
    event = client.get(f"/api/v1/outbox/dead/{letters[0]['id']}").json()["event"]
    assert event["inputs"][0] == bad


def test_schemas_come_from_earlier_runs(start: Start, stub: Marquez) -> None:
    """A dataset whose columns one run told has them in the next run's event as well."""
    client = start(retention_days=LONG_DAYS, marquez_url=stub.url)
    post(client, run_event("START", run_id=run_id(1), outputs=[dataset("raw", "id", "day")]))
    post(client, run_event("START", run_id=run_id(2), inputs=[dataset("raw")]))
    until(lambda: pending(client) == 0, "an empty outbox")
    [event] = [event for event in stub.events if event["run"]["runId"] == run_id(2)]
    assert [column["name"] for column in event["inputs"][0]["facets"]["schema"]["fields"]] == ["id", "day"]


def test_metrics_tell_of_the_outbox(start: Start, stub: Marquez) -> None:
    """What waits, how long the oldest has, what was refused and what went out."""
    stub.always = 422, {"errors": ["no"]}
    client = start(retention_days=LONG_DAYS, marquez_url=stub.url)
    names = ("pending", "oldest_age_seconds", "dead_letters", "sent_total", "refused_total", "failures_total")
    text = client.get("/metrics").text
    for name in names:
        assert f'almenara_outbox_{name}{{destination="marquez"}} 0.0' in text
    post(client, *whole_run())
    refused = 'almenara_outbox_refused_total{destination="marquez"} 2.0'
    until(lambda: refused in client.get("/metrics").text, "two refusals")
    assert 'almenara_outbox_dead_letters{destination="marquez"} 2.0' in client.get("/metrics").text
    assert pending(client) == 0


def test_kill_loses_nothing_and_sends_little_twice(tmp_path: Path) -> None:
    """Killed while it forwards, it goes on at its next start; at most what was on its way repeats."""
    stub, runs, at_once = Marquez(enough=20), 40, 2
    with serving(stub), (tmp_path / "output").open("ab") as output:
        variables = {**LASTING, "ALMENARA_MARQUEZ_URL": stub.url, "ALMENARA_OUTBOX_CONCURRENCY": str(at_once)}
        first = launch(tmp_path, output, **variables)
        with httpx.Client(base_url=first.url) as client:
            for number in range(runs):
                post(client, *whole_run(run_id(number)))
        until(lambda: len(stub.events) >= stub.enough and not stub.is_idle(), "an event on its way")
        first.kill()
        stub.go_on.set()
        until(stub.is_idle, "the end of what was on its way")
        assert len(stub.events) < 2 * runs
        second = launch(tmp_path, output, **variables)
        try:
            until(lambda: list(stub.states.values()).count("COMPLETED") == runs, "every run")
        finally:
            assert second.stop() == 0
    assert stub.overlapping == 0
    assert 2 * runs <= len(stub.events) <= 2 * runs + at_once
    assert all(history[0] == "START" and history[-1] == "COMPLETE" for history in stub.history.values())


def test_second_platform_on_one_database_waits(tmp_path: Path, stub: Marquez) -> None:
    """Only one of two platforms forwards; when it is killed the other takes over."""
    stub.seconds = 0.02
    with (tmp_path / "output").open("ab") as output:
        variables = {**LASTING, "ALMENARA_MARQUEZ_URL": stub.url}
        first, second = launch(tmp_path, output, **variables), launch(tmp_path, output, **variables)
        try:
            for number in range(20):
                post(httpx.Client(base_url=second.url), *whole_run(run_id(number)))
            until(lambda: list(stub.states.values()).count("COMPLETED") == 20, "every run")
            assert stub.overlapping == 0
            assert len(stub.events) == 40
            first.kill()
            post(httpx.Client(base_url=second.url), *whole_run(run_id(20)))
            until(lambda: stub.states.get(run_id(20)) == "COMPLETED", "the run after the kill")
        finally:
            for running in (first, second):
                running.kill()


def test_stop_does_not_wait_for_a_slow_answer(tmp_path: Path, stub: Marquez) -> None:
    """A receiver that does not answer keeps no platform from ending."""
    stub.seconds = 120
    with (tmp_path / "output").open("ab") as output:
        running = launch(tmp_path, output, **LASTING, ALMENARA_MARQUEZ_URL=stub.url)
        post(httpx.Client(base_url=running.url), *whole_run())
        until(lambda: stub.most_at_once == 1, "an event on its way")
        assert running.stop() == 0

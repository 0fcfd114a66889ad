"""Starting runs and asking for them."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import httpx
import pytest
from fastapi.testclient import TestClient

from almenara.testing import Signals
from worker_etl.ledger import Ledger, State
from worker_etl.queue import RunQueue

RUNS = "/pipelines/ventas_etl/runs"
DAY = {"day": "2017-03-01"}
UNKNOWN = "01a204b2-cc68-7f70-9afb-abab4f2dccb0"

REFUSED = {
    "no-json": (b"{", "body"),
    "a-list": (b"[]", "body"),
    "empty": (b"{}", "day"),
    "no-such-day": (b'{"day": "2017-02-30"}', "day"),
    "a-number": (b'{"day": 20170301}', "day"),
    "null": (b'{"day": null}', "day"),
    "outside-the-data": (b'{"day": "2035-01-01"}', "day"),
    "backwards": (b'{"from": "2017-03-02", "to": "2017-03-01"}', "from"),
    "half-a-range": (b'{"from": "2017-03-02"}', "day"),
    "two-forms": (b'{"day": "2017-03-01", "all": true}', "day"),
    "all-false": (b'{"all": false}', "all"),
    "all-a-number": (b'{"all": 1}', "all"),
    "all-a-text": (b'{"all": "true"}', "all"),
    "all-null": (b'{"all": null}', "all"),
    "unknown-field": (b'{"days": "2017-03-01"}', "days"),
    "unknown-fault": (b'{"day": "2017-03-01", "fault": "flood"}', "fault"),
}


def test_accepts_a_run(api: TestClient, ledger: Ledger, queue: RunQueue) -> None:
    """202 with ids and address; the run is in ledger and queue with the trace's context."""
    answer = api.post(RUNS, json=DAY)
    body = answer.json()
    assert answer.status_code == 202
    assert answer.headers["Location"] == body["status_url"] == f"http://testserver/runs/{body['run_id']}"
    assert UUID(body["run_id"]).version == 7
    assert answer.headers["X-Trace-Id"] == body["trace_id"]
    assert ledger.find(body["run_id"]).state is State.QUEUED
    [task] = queue.huey.pending()
    assert task.kwargs["request"] == DAY
    assert body["trace_id"] in task.kwargs["context"]["traceparent"]


def test_the_way_into_the_queue_is_traced(api: TestClient, signals: Signals) -> None:
    """SERVER and PRODUCER span and the QUEUED event carry the run's id."""
    run_id = api.post(RUNS, json=DAY).json()["run_id"]
    server = next(span for span in signals.spans if span.kind == "SERVER")
    producer = next(span for span in signals.spans if span.kind == "PRODUCER")
    assert producer.parent_id == server.span_id
    assert {server.attributes["openlineage.run_id"], producer.attributes["openlineage.run_id"]} == {run_id}
    assert signals.run("ventas_etl", run_id).facet("almenara_run")["state"] == "QUEUED"


def test_an_accepted_run_has_a_line_of_its_own(api: TestClient, signals: Signals) -> None:
    """One line says which run was accepted, of which pipeline and with what; a repetition has none."""
    headers = {"Idempotency-Key": "tuesday"}
    answer = api.post(RUNS, json=DAY, headers=headers).json()
    api.post(RUNS, json=DAY, headers=headers)
    line = signals.log("run_accepted")
    assert (line["run_id"], line["pipeline"]) == (answer["run_id"], "ventas_etl")
    assert (line["trace_id"], line["day"]) == (answer["trace_id"], "2017-03-01")


def test_a_run_that_cannot_be_enqueued_is_not_told_as_accepted(
    api: TestClient, queue: RunQueue, signals: Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line comes after the queue has the run."""
    monkeypatch.setattr(queue, "put", lambda message: 1 / 0)
    assert api.post(RUNS, json=DAY).status_code == 503
    assert not [line for line in signals.logs if line["message"] == "run_accepted"]


@pytest.mark.parametrize(("body", "field"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses_what_is_no_request(api: TestClient, queue: RunQueue, body: bytes, field: str) -> None:
    """A wrong body is a problem that names the field and the trace; nothing is enqueued."""
    answer = api.post(RUNS, content=body, headers={"Content-Type": "application/json"})
    problem = answer.json()
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["field"] == field
    assert problem["trace_id"] == answer.headers["X-Trace-Id"]
    assert queue.size() == 0


def test_names_the_pipelines_there_are(api: TestClient) -> None:
    """An unknown pipeline is a 404 that lists the known ones."""
    answer = api.post("/pipelines/ventas/runs", json=DAY)
    assert (answer.status_code, answer.json()["known"]) == (404, ["ventas_etl"])
    assert "ventas_etl" in answer.json()["detail"]


def test_same_key_and_body_is_the_same_run(api: TestClient, queue: RunQueue) -> None:
    """A repeated request gets the first answer again and starts nothing."""
    headers = {"Idempotency-Key": "monday"}
    first = api.post(RUNS, json=DAY, headers=headers)
    again = api.post(RUNS, json={"from": "2017-03-01", "to": "2017-03-01"}, headers=headers)
    assert (again.status_code, again.json()) == (202, first.json())
    assert queue.size() == 1


def test_same_key_with_another_body_is_a_conflict(api: TestClient, queue: RunQueue) -> None:
    """A key that came with another body before is a 409."""
    headers = {"Idempotency-Key": "monday"}
    api.post(RUNS, json=DAY, headers=headers)
    answer = api.post(RUNS, json={"day": "2017-03-02"}, headers=headers)
    assert answer.status_code == 409
    assert queue.size() == 1


def test_requests_at_once_with_one_key_are_one_run(api: TestClient, queue: RunQueue) -> None:
    """Of eight requests with one key at the same time, one starts a run and all get its id."""
    headers = {"Idempotency-Key": "monday"}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.post(RUNS, json=DAY, headers=headers), range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["run_id"] for answer in answers}) == 1
    assert queue.size() == 1


def test_a_queue_that_is_away_leaves_nothing_behind(
    api: TestClient, queue: RunQueue, ledger: Ledger, signals: Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503, no run in the ledger, the announced run ends as ABORT, and the key can be used again."""
    headers = {"Idempotency-Key": "monday"}
    with monkeypatch.context() as patch:
        patch.setattr(queue.huey.storage, "enqueue", _refuse)
        answer = api.post(RUNS, json=DAY, headers=headers)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "refused" not in answer.text
    [run] = signals.runs
    assert run.state == "ABORT"
    assert ledger.find(run.run_id) is None
    assert api.post(RUNS, json=DAY, headers=headers).status_code == 202


def _refuse(*_: object) -> None:
    raise ConnectionError("connection refused")


def test_a_ledger_that_is_away_is_told(api: TestClient, queue: RunQueue, engine) -> None:
    """Without its ledger the API accepts nothing."""
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE run_ledger")
    assert api.post(RUNS, json=DAY).status_code == 503
    assert queue.size() == 0


def test_tells_what_the_platform_tells(api: TestClient, platform, signals: Signals) -> None:
    """A run is answered as the platform has it, and the trace goes on there."""
    platform.answer = lambda _: httpx.Response(200, json={"run_id": UNKNOWN, "state": "COMPLETE"})
    answer = api.get(f"/runs/{UNKNOWN}")
    assert answer.json() == {"run_id": UNKNOWN, "state": "COMPLETE"}
    [asked] = platform.requests
    assert asked.url.path == f"/api/v1/runs/{UNKNOWN}"
    assert asked.headers["traceparent"].split("-")[1] == answer.headers["X-Trace-Id"]


def test_a_run_that_the_platform_has_not_heard_of(api: TestClient) -> None:
    """A run that was accepted a moment ago is QUEUED, not unknown."""
    accepted = api.post(RUNS, json=DAY).json()
    told = api.get(f"/runs/{accepted['run_id']}").json()
    assert (told["state"], told["pipeline"], told["stages"]) == ("QUEUED", "ventas_etl", [])
    assert told["trace_id"] == accepted["trace_id"]


def test_unknown_run(api: TestClient) -> None:
    """404 for an id that nobody knows, 422 for what is no id."""
    assert api.get(f"/runs/{UNKNOWN}").status_code == 404
    assert api.get("/runs/../../etc/passwd").status_code == 404
    assert api.get("/runs/1").status_code == 422


def _unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (_unreachable, 503),
        (lambda _: httpx.Response(500, text="Traceback: secret"), 502),
        (lambda _: httpx.Response(200, text="<html>"), 502),
        (lambda _: httpx.Response(200, json=[1]), 502),
    ],
    ids=["refused", "error", "rubbish", "wrong-json"],
)
def test_a_platform_that_fails(api: TestClient, platform, answer, status: int) -> None:
    """A platform that is away is a 503, one that answers rubbish a 502; its text is not passed on."""
    platform.answer = answer
    told = api.get(f"/runs/{UNKNOWN}")
    assert (told.status_code, told.json()["title"] != "") == (status, True)
    assert "secret" not in told.text

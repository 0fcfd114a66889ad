"""Probes, metrics and what the API says of itself."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from worker_etl.queue import RunQueue


def test_ready_when_warehouse_and_queue_answer(api: TestClient) -> None:
    """Both probes are content."""
    assert api.get("/healthz").json() == {"status": "ok"}
    assert api.get("/readyz").json() == {"status": "ready", "checks": {"warehouse": "ok", "queue": "ok"}}


def test_not_ready_without_the_warehouse(api: TestClient, engine: Engine) -> None:
    """Alive but not ready, and it says what is missing."""
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE products")
    answer = api.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["queue"]) == (503, "ok")
    assert "unreachable" in answer.json()["checks"]["warehouse"]
    assert api.get("/healthz").status_code == 200


def test_not_ready_without_the_queue(
    api: TestClient, queue: RunQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue is looked at as well."""

    def away() -> int:
        raise ConnectionError

    monkeypatch.setattr(queue.huey.storage, "queue_size", away)
    assert api.get("/readyz").status_code == 503


def test_requests_are_measured(api: TestClient) -> None:
    """/metrics counts requests by route, not by path."""
    api.get("/products/10")
    assert 'route="/products/{product_id}"' in api.get("/metrics").text


def test_unknown_path_and_method_are_problems(api: TestClient) -> None:
    """Whatever is wrong, the answer has one form."""
    for answer in (api.get("/nothing"), api.delete("/products/10")):
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["trace_id"] == answer.headers["X-Trace-Id"]

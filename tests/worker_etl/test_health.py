"""The worker's /metrics and /healthz."""

from collections.abc import Iterator

import httpx
import pytest

import almenara
from worker_etl.health import HealthServer

OBSTACLE = {"worker": ""}


@pytest.fixture
def address(signals) -> Iterator[str]:
    """A server on a free port."""
    server = HealthServer("127.0.0.1", 0, lambda: OBSTACLE["worker"])
    server.start()
    yield f"http://127.0.0.1:{server.port}"
    server.stop()


def test_health_tells_the_truth(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """200 as long as the worker takes runs, 503 with the reason when it does not."""
    assert httpx.get(f"{address}/healthz").status_code == 200
    monkeypatch.setitem(OBSTACLE, "worker", "the queue cannot be reached")
    answer = httpx.get(f"{address}/healthz")
    assert (answer.status_code, answer.text) == (503, "takes no runs: the queue cannot be reached\n")


def test_metrics_are_openmetrics_when_asked(address: str) -> None:
    """A scraper that asks for OpenMetrics gets it, with the queue's size."""
    almenara.metrics.queue_size("runs").set_function(lambda: 3)
    answer = httpx.get(
        f"{address}/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"}
    )
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert 'queue_size{queue_name="runs"} 3.0' in answer.text
    assert answer.text.endswith("# EOF\n")


def test_other_paths_are_not_found(address: str) -> None:
    """Anything else is a 404 that names what there is."""
    answer = httpx.get(f"{address}/admin?x=1")
    assert (answer.status_code, "/metrics" in answer.text) == (404, True)

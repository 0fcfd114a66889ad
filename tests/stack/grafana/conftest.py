"""What Grafana's queries need: the running stack, one run that succeeded and one that failed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import pytest
from tests.stack.grafana.backends import Backends
from tests.stack.project import Project

Found = TypeVar("Found")
RUN_SECONDS = 300
ANSWERS_QUESTIONS = "almenara-platform"
QUESTIONS = 10
SETTLE_SECONDS = 300
"""Span metrics are flushed, scraped and recorded, 15 s each; a rate needs two scrapes; machines are busy."""


def until(look: Callable[[], Found], deadline: float) -> Found:
    """The first answer that is not empty; the last one when the deadline (monotonic seconds) has passed."""
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(1)
    return found


@dataclass(frozen=True, slots=True)
class History:
    """What has happened on the stack. ``settled_by`` is when the metrics of it must be there."""

    backends: Backends
    complete: dict[str, Any]
    failed: dict[str, Any]
    settled_by: float


@pytest.fixture(scope="session")
def backends(project: Project) -> Backends:
    """The backends behind Grafana's datasources."""
    return Backends(
        prometheus=project.url("prometheus", 9090),
        loki=project.url("loki", 3100),
        jaeger=project.url("jaeger", 16686),
        console=project.url("platform", 8080),
        sql=project.sql,
    )


@pytest.fixture(scope="session")
def history(project: Project, backends: Backends) -> History:
    """One run on real data that completes and one that fails, both in every backend."""
    sample_api = project.url("sample-api", 8000)
    complete = _run(sample_api, backends, {"day": "2017-03-01"})
    failed = _run(sample_api, backends, {"day": "2017-03-02", "fault": "failing_transform"})
    assert (complete["state"], failed["state"]) == ("COMPLETE", "FAIL")
    deadline = time.monotonic() + SETTLE_SECONDS
    for run in (complete, failed):
        assert until(lambda run=run: _is_whole(backends.spans(run["trace_id"])), deadline)
    status = f"{sample_api}/runs/{complete['run_id']}"
    assert until(lambda: _is_sampled(backends, status), deadline), f"no trace of {ANSWERS_QUESTIONS} was kept"
    return History(backends, complete, failed, deadline)


def _is_sampled(backends: Backends, status: str) -> bool:
    """Whether a trace of the platform's own was kept; asks for a run's status until one was.

    The platform records only what is part of a caller's trace, which here is ordinary: a tenth is kept.
    """
    for _ in range(QUESTIONS):
        assert httpx.get(status, timeout=30, trust_env=False).is_success
    found = backends.client.get(f"{backends.jaeger}/api/services").json()["data"] or []
    return ANSWERS_QUESTIONS in found


def _run(sample_api: str, backends: Backends, request: dict[str, str]) -> dict[str, Any]:
    accepted = httpx.post(
        f"{sample_api}/pipelines/ventas_etl/runs", json=request, timeout=30, trust_env=False
    )
    assert accepted.status_code == 202, accepted.text
    run_id = accepted.json()["run_id"]

    def ended() -> dict[str, Any] | None:
        answer = backends.client.get(f"{backends.console}/api/v1/runs/{run_id}")
        # Its state is asked for as users do, which gives the sample API requests to be timed.
        httpx.get(accepted.json()["status_url"], timeout=30, trust_env=False)
        run = answer.json() if answer.is_success else {}
        return run if run.get("ended_at") else None

    return until(ended, time.monotonic() + RUN_SECONDS) or {}


def _is_whole(spans: list[dict[str, Any]]) -> bool:
    # The run's own span ends last, and each service sends its spans when it can.
    ended = "ventas_etl" in {span["operationName"] for span in spans}
    return ended and {span["process"]["serviceName"] for span in spans} == {"sample-api", "worker-etl"}

"""What of a run has arrived where, asked of each backend itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
from tests.stack.project import Project

DEADLINE_SECONDS = 150
"""Span metrics are flushed, scraped and recorded 15 s each, and the machine may be busy."""
Found = TypeVar("Found")
Run = dict[str, Any]


def until(look: Callable[[], Found], seconds: float = DEADLINE_SECONDS) -> Found:
    """The first answer that is not empty; the last one when the time is over. A refusal is no answer."""
    deadline = time.monotonic() + seconds
    found = _looked(look)
    while not found and time.monotonic() < deadline:
        time.sleep(0.5)
        found = _looked(look)
    return found


def _looked(look: Callable[[], Found]) -> Any:
    try:
        return look()
    except (httpx.HTTPError, KeyError):
        return None


@dataclass(frozen=True, slots=True)
class Signals:
    """The backends of a running project."""

    project: Project
    platform: str
    sample_api: str
    prometheus: str
    loki: str
    jaeger: str
    otlp: str
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30, trust_env=False))

    @classmethod
    def of(cls, project: Project) -> Signals:
        """Looks up where everything is published."""
        return cls(
            project,
            platform=project.url("platform", 8080),
            sample_api=project.url("sample-api", 8000),
            prometheus=project.url("prometheus", 9090),
            loki=project.url("loki", 3100),
            jaeger=project.url("jaeger", 16686),
            otlp=project.url("otel-collector", 4318),
        )

    def start(self, headers: dict[str, str] | None = None, **request: str) -> str:
        """Ask the sample API for a run of ventas_etl; returns its id."""
        answer = self.client.post(
            f"{self.sample_api}/pipelines/ventas_etl/runs", json=request, headers=headers
        )
        assert answer.status_code == 202, answer.text
        return str(answer.json()["run_id"])

    def run(self, run_id: str) -> Run:
        """A run as the platform tells it; empty while it does not know it."""
        answer = self.client.get(f"{self.platform}/api/v1/runs/{run_id}")
        return answer.json() if answer.is_success else {}

    def ended(self, run_id: str, seconds: float = DEADLINE_SECONDS) -> Run:
        """A run once it has ended."""
        run = until(lambda: (found := self.run(run_id)).get("ended_at") and found, seconds)
        assert run, f"{run_id} has not ended: {self.run(run_id).get('state')}"
        return run

    def events(self, run_id: str) -> list[Run]:
        """The OpenLineage events of a run."""
        answer = self.client.get(f"{self.platform}/api/v1/runs/{run_id}/events", params={"limit": 1000})
        return answer.raise_for_status().json()["items"]

    def lines(self, logql: str) -> list[dict[str, str]]:
        """Log lines of the last hour, each as its structured metadata and ``message``."""
        now = time.time_ns()
        answer = self.client.get(
            f"{self.loki}/loki/api/v1/query_range",
            params={"query": logql, "limit": 5000, "start": now - 3600 * 10**9, "end": now},
        )
        streams = answer.raise_for_status().json()["data"]["result"]
        return [{**one["stream"], "message": line[1]} for one in streams for line in one["values"]]

    def spans(self, trace_id: str) -> list[dict[str, Any]]:
        """The spans of a trace in Jaeger, each with ``service``, its own names and its tags by name."""
        answer = self.client.get(f"{self.jaeger}/api/traces/{trace_id}")
        found = answer.json().get("data") or []
        return [span for trace in found for span in _spans(trace)]

    def value(self, promql: str) -> float | None:
        """The sum of what an instant query answers; None for nothing."""
        answer = self.client.get(f"{self.prometheus}/api/v1/query", params={"query": promql})
        found = answer.raise_for_status().json()["data"]["result"]
        return sum(float(one["value"][1]) for one in found) if found else None

    def exemplars(self, promql: str) -> set[str]:
        """The trace ids of the exemplars of the last hour."""
        now = time.time()
        times = {"start": now - 3600, "end": now}
        answer = self.client.get(
            f"{self.prometheus}/api/v1/query_exemplars", params={"query": promql, **times}
        )
        series = answer.raise_for_status().json()["data"]
        return {one["labels"].get("trace_id", "") for each in series for one in each["exemplars"]}


def _spans(trace: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for span in trace["spans"]:
        tags = {tag["key"]: tag["value"] for tag in span["tags"]}
        parents = [one["spanID"] for one in span["references"]]
        service = trace["processes"][span["processID"]]["serviceName"]
        yield {**span, "service": service, "tags": tags, "parents": parents}

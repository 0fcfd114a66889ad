"""The signal matrix, and one run found in every backend by its one id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.stack.signals import Run, Signals, until

pytestmark = [pytest.mark.docker, pytest.mark.stack]

WHOLE = {"sample-api", "worker-etl"}
"""The services that a trace of a run goes through."""
STEPS = {"extract", "validate", "transform", "load"}
TABLES = {"daily_sales", "customer_features"}
KINDS = {"server", "producer", "consumer"}
"""Of the spans that lead from the request to the run; each service sends its own when it can."""


def whole_trace(signals: Signals, run: Run) -> list[dict[str, Any]]:
    """The spans of a run, from the request to the stages; none before all of them are there."""
    spans = signals.spans(run["trace_id"])
    kinds = {span["tags"].get("span.kind") for span in spans}
    steps = {span["operationName"] for span in spans}
    return spans if kinds >= KINDS and steps >= STEPS else []


def has_logs(signals: Signals, service: str, run: Run) -> bool:
    """Whether Loki has a line of the service."""
    return bool(signals.lines(f'{{service_name="{service}"}}'))


def has_metrics(signals: Signals, service: str, run: Run) -> bool:
    """Whether Prometheus scrapes the service."""
    job = service.removeprefix("almenara-")
    return signals.value(f'up{{job="{job}"}}') == 1


def has_traces(signals: Signals, service: str, run: Run) -> bool:
    """Whether Jaeger has a span of the service."""
    known = signals.client.get(f"{signals.jaeger}/api/services").json()["data"] or []
    return service in known


def has_lineage(signals: Signals, service: str, run: Run) -> bool:
    """Whether the platform has the service's part of the run's events."""
    sent = {event["eventType"] for event in signals.events(run["run_id"])}
    expected = {"sample-api": {"OTHER"}, "worker-etl": {"START", "COMPLETE"}}
    return expected.get(service, {"nothing"}) <= sent


SIGNALS = {"logs": has_logs, "metrics": has_metrics, "traces": has_traces, "lineage": has_lineage}
MATRIX = {
    "sample-api": {"logs", "metrics", "traces", "lineage"},
    "worker-etl": {"logs", "metrics", "traces", "lineage"},
    "almenara-platform": {"logs", "metrics", "traces"},
    "almenara-canary": {"logs", "traces"},
}
ABSENT = [
    ("almenara-platform", "lineage", "it has no pipeline of its own but the canary"),
    ("almenara-canary", "metrics", "the platform exports them"),
    ("jaeger", "logs", "the components' logs stay with the engine"),
    ("jaeger", "traces", "it would show up as a service of the pipelines"),
    ("loki", "logs", "the components' logs stay with the engine"),
    ("otel-collector", "traces", "it carries the spans of others"),
]


@pytest.mark.parametrize(
    ("service", "signal"), [(service, signal) for service, named in MATRIX.items() for signal in named]
)
def test_signal_arrives(signals: Signals, run: Run, service: str, signal: str) -> None:
    """What a service sends is in its backend after one real run."""
    look: Callable[[Signals, str, Run], bool] = SIGNALS[signal]
    # A span of the platform's own is only made, and kept, within a trace that is kept.
    parent = f"00-{run['trace_id']}-{'1' * 16}-01"
    signals.client.get(f"{signals.platform}/api/v1/pipelines", headers={"traceparent": parent})
    assert until(lambda: look(signals, service, run))


@pytest.mark.parametrize(("service", "signal", "reason"), ABSENT)
def test_signal_is_absent_on_purpose(
    signals: Signals, run: Run, service: str, signal: str, reason: str
) -> None:
    """What is not meant to be there is not there, so that nobody looks for it in vain."""
    assert until(lambda: has_logs(signals, "worker-etl", run))
    assert not SIGNALS[signal](signals, service, run), reason


def test_request_queue_and_run_are_one_trace(signals: Signals, run: Run) -> None:
    """client -> sample_api -> queue -> worker_etl -> warehouse: parent by parent, down to the tables."""
    spans = until(lambda: whole_trace(signals, run))
    assert spans, signals.spans(run["trace_id"])
    by_id = {span["spanID"]: span for span in spans}
    (consumer,) = (s for s in spans if s["tags"].get("span.kind") == "consumer")
    producer = by_id[consumer["parents"][0]]
    server = by_id[producer["parents"][0]]
    stages = {s["operationName"] for s in spans if s["parents"] == [consumer["spanID"]]}
    assert producer["tags"]["span.kind"] == "producer"
    assert server["tags"]["span.kind"] == "server"
    assert [consumer["operationName"], server["service"], consumer["service"]] == [
        "ventas_etl",
        "sample-api",
        "worker-etl",
    ]
    assert stages >= STEPS
    (load,) = (s["spanID"] for s in spans if s["operationName"] == "load")
    calls = [s for s in spans if s["tags"].get("db.system.name") == "postgresql" and s["parents"] == [load]]
    assert {s["tags"]["span.kind"] for s in calls} == {"client"}
    assert {s["tags"]["db.collection.name"] for s in calls} >= TABLES


def test_every_span_of_the_run_names_it(signals: Signals, run: Run) -> None:
    """Jaeger finds request and run by the tag alone, in both services."""
    tags = f'{{"openlineage.run_id":"{run["run_id"]}"}}'

    def found(service: str) -> bool:
        query = {"service": service, "tags": tags, "limit": 5}
        traces = signals.client.get(f"{signals.jaeger}/api/traces", params=query).json()["data"]
        return [trace["traceID"] for trace in traces] == [run["trace_id"]]

    assert [service for service in WHOLE if not until(lambda service=service: found(service))] == []


def test_run_is_found_in_loki_without_a_label(signals: Signals, run: Run) -> None:
    """run_id and trace_id are structured metadata of every line of the run, and neither is a label."""
    query = f'{{service_name="worker-etl"}} | run_id="{run["run_id"]}"'
    told = {"run_started", "run_completed"}
    assert until(lambda: told <= {line["message"] for line in signals.lines(query)}), signals.lines(query)
    assert {line["trace_id"] for line in signals.lines(query)} == {run["trace_id"]}
    labels = signals.client.get(f"{signals.loki}/loki/api/v1/labels").json()["data"]
    assert set(labels) == {"service_name"}


def test_run_is_found_in_postgresql(signals: Signals, run: Run) -> None:
    """The run's record is a row of the platform's database."""
    rows = signals.project.sql(f"SELECT count(*) FROM runs WHERE run_id::text = '{run['run_id']}'")
    assert rows.split() == ["count", "1"]


def test_trace_of_a_run_is_an_exemplar(signals: Signals) -> None:
    """A histogram of the worker leads to the trace of the run, and a span metric to some trace."""
    # A bucket keeps its newest exemplar only: no other run may come before the next scrape.
    latest = signals.ended(signals.start(day="2017-03-02"))
    assert until(lambda: latest["trace_id"] in signals.exemplars("processing_duration_seconds_bucket"))
    assert until(lambda: signals.exemplars("traces_span_metrics_duration_seconds_bucket"))


def test_platform_counts_the_run(signals: Signals, run: Run) -> None:
    """Prometheus has the run's outcome, exported by the platform from its record."""
    counted = 'pipeline_runs_total{pipeline="ventas_etl",outcome="complete"}'
    assert until(lambda: (signals.value(counted) or 0) >= 1)


def test_console_reads_logs_and_trace_from_the_backends(signals: Signals, run: Run) -> None:
    """The platform's API answers from Loki and Jaeger what its pages show of the run."""
    api = f"{signals.platform}/api/v1"
    lines = until(lambda: signals.client.get(f"{api}/logs", params={"run_id": run["run_id"]}).json()["items"])
    assert {line["pipeline"] for line in lines} == {"ventas_etl"}
    trace = f"{api}/traces/{run['trace_id']}"
    assert until(
        lambda: {s["service"] for s in signals.client.get(trace).raise_for_status().json()["spans"]} >= WHOLE
    )
    assert signals.client.get(f"{signals.platform}/runs/{run['run_id']}").status_code == 200


def test_service_performance_comes_from_the_span_metrics(signals: Signals, run: Run) -> None:
    """Jaeger's own monitor asks Prometheus for the calls of a service."""
    query = {"service": "worker-etl", "lookback": 3600000, "step": 60000, "ratePer": 60000}
    query |= {"spanKind": "consumer", "endTs": ""}

    def calls() -> list[object]:
        found = signals.client.get(f"{signals.jaeger}/api/metrics/calls", params=query).raise_for_status()
        return found.json()["metrics"]

    del query["endTs"]
    assert until(calls)


def test_every_component_is_scraped(signals: Signals) -> None:
    """Each target of Prometheus is up, those of parts that were left out are no targets."""
    assert until(lambda: (signals.value("count(up)") or 0) >= 10)
    assert until(lambda: signals.value("count(up == 0) or vector(0)") == 0)
    assert until(lambda: signals.value("count(probe_success == 0) or vector(0)") == 0)


def test_asking_the_backends_leaves_no_lines(signals: Signals, run: Run) -> None:
    """Health checks and probes go on for ever and do not fill Loki; only who asks for a run leaves a line."""
    assert until(lambda: has_logs(signals, "almenara-platform", run))
    assert signals.lines('{service_name=~".+"} |= "HTTP Request:" != "/api/v1/runs/"') == []


def test_native_histograms_are_kept_beside_the_classic_ones(signals: Signals) -> None:
    """A component that emits both has both."""
    name = "prometheus_http_request_duration_seconds"
    assert until(lambda: signals.value(f"histogram_count({name})"))
    assert until(lambda: signals.value(f"{name}_bucket"))

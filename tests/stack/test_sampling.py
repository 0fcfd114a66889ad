"""Tail sampling: what is kept whole, what is thinned out, and metrics that count everything."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

import pytest
from tests.stack.signals import Signals, until
from tests.stack.spans import Traces, span

pytestmark = [pytest.mark.docker, pytest.mark.stack]

ORDINARY, SPECIAL, RUNS = 200, 5, 50
DECISION_SECONDS = 10
"""ALMENARA_SAMPLING_WAIT of the compose file."""
LONGER_SECONDS = DECISION_SECONDS + 3
# With a ratio of 10 % fewer or more happen less than once in a million times.
FEWEST, MOST = 2, 50
SECRET = "a-value-that-nobody-may-see"


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent: the ids of the traces by their kind, the spans of each run, and how many spans."""

    traces: Traces
    ordinary: set[str]
    failing: set[str]
    slow: set[str]
    runs: dict[str, set[str]]
    spans: int


@pytest.fixture(scope="module")
def sent(signals: Signals) -> Sent:
    """Requests of every kind, and runs that wait in the queue and in a stage longer than a decision takes."""
    traces = Traces(signals)
    ordinary = [traces.ordinary() for _ in range(ORDINARY)]
    failing = [traces.failing() for _ in range(SPECIAL)]
    slow = [traces.slow() for _ in range(SPECIAL)]
    requests = [span(secrets.token_hex(16), "POST /runs", kind=2) for _ in range(RUNS)]
    of_run = {"openlineage__run_id": secrets.token_hex(16)}
    queued = [of(one, "ventas_etl publish", 4, **of_run) for one in requests]
    traces.send([*ordinary, *failing, *slow, *requests, *queued])
    time.sleep(LONGER_SECONDS)
    taken = [of(one, "ventas_etl", 5, **of_run) for one in queued]
    stages = [of(one, "extract", 1, **of_run, password=SECRET) for one in taken]
    traces.send(stages)
    time.sleep(LONGER_SECONDS)
    traces.send(taken)
    runs = {
        one["traceId"]: {each["spanId"] for each in whole}
        for one, *rest in zip(requests, queued, taken, stages, strict=True)
        for whole in [[one, *rest]]
    }
    total = ORDINARY + 2 * SPECIAL + 4 * RUNS
    return Sent(traces, ids(ordinary), ids(failing), ids(slow), runs, total)


def of(parent: dict[str, Any], name: str, kind: int, **attributes: str) -> dict[str, Any]:
    """A span below another one."""
    return span(parent["traceId"], name, kind=kind, parent=parent["spanId"], **attributes)


def ids(spans: list[dict[str, Any]]) -> set[str]:
    """The ids of their traces."""
    return {one["traceId"] for one in spans}


def test_failing_and_slow_requests_are_kept(sent: Sent) -> None:
    """Every one of them."""
    assert until(lambda: sent.failing | sent.slow <= set(sent.traces.kept()))


def test_runs_are_kept_whole(sent: Sent) -> None:
    """Every span of every run, although its parts came long after the decision."""

    def whole() -> bool:
        kept = sent.traces.kept()
        return all(kept.get(trace_id) == spans for trace_id, spans in sent.runs.items())

    assert until(whole)


def test_the_rest_is_thinned_out(sent: Sent) -> None:
    """About one in ten of the ordinary requests is there."""
    assert until(lambda: sent.failing <= set(sent.traces.kept()))
    assert FEWEST <= len(sent.ordinary & set(sent.traces.kept())) <= MOST


def test_span_metrics_count_what_was_sent(sent: Sent, signals: Signals) -> None:
    """Calls and durations are counted before anything is thinned out."""
    series = f'{{service_name="{sent.traces.service}"}}'
    assert until(lambda: signals.value(f"sum(traces_span_metrics_calls_total{series})") == sent.spans)
    errors = f'{{service_name="{sent.traces.service}",status_code="STATUS_CODE_ERROR"}}'
    assert signals.value(f"sum(traces_span_metrics_calls_total{errors})") == SPECIAL
    counted = f"sum(traces_span_metrics_duration_seconds_count{series})"
    assert until(lambda: signals.value(counted) == sent.spans)


def test_secrets_do_not_reach_the_store(sent: Sent, signals: Signals) -> None:
    """The value of an attribute whose name tells of a secret is masked on the way."""
    trace_id = next(iter(sent.runs))
    spans = until(lambda: len(found := signals.spans(trace_id)) == 4 and found)
    (stage,) = (one for one in spans if one["operationName"] == "extract")
    assert "password" in stage["tags"]
    assert SECRET not in str(spans)

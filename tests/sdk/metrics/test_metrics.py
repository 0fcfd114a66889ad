"""Metrics of a process: bounded, served, with exemplars."""

from __future__ import annotations

import urllib.request

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import almenara
from almenara.metrics.registry import Metrics
from almenara.testing import Signals, capture


def test_a_runaway_label_value_becomes_other() -> None:
    """Beyond the limit values share one child, each is counted, and the warning comes once."""
    warnings: list[str] = []
    metrics = Metrics(max_label_values=2, warn=warnings.append)
    for number in range(5):
        metrics.queue_size.labels(f"q{number}").set(number)
    value = metrics.registry.get_sample_value
    assert value("queue_size", {"queue_name": "q1"}) == 1
    assert value("queue_size", {"queue_name": "other"}) == 4
    assert value("queue_size", {"queue_name": "q2"}) is None
    overflow = {"metric": "queue_size", "label": "queue_name"}
    assert value("almenara_label_overflow_total", overflow) == 3
    assert len(warnings) == 1 and "ALMENARA_MAX_LABEL_VALUES" in warnings[0]


def test_a_label_of_several_metrics_is_warned_of_once() -> None:
    """Each metric counts its own overflow, and the warning speaks for all of them."""
    warnings: list[str] = []
    metrics = Metrics(max_label_values=1, warn=warnings.append)
    for name in ("a", "b"):
        metrics.active_jobs.labels(name)
        metrics.processing_time.labels(name)
    for metric in ("active_jobs", "processing_time_seconds"):
        overflow = {"metric": metric, "label": "pipeline"}
        assert metrics.registry.get_sample_value("almenara_label_overflow_total", overflow) == 1
    assert len(warnings) == 1 and "every other metric" in warnings[0]


def test_a_queue_that_is_away_costs_no_other_metric() -> None:
    """Its size is unknown as long as it cannot be asked, and everything else is shown."""

    def size() -> int:
        if away:
            raise ConnectionError("refused")
        return 7

    with capture() as signals:
        almenara.metrics.queue_size("runs").set_function(size)
        for away in (True, True, False):
            text = almenara.metrics.exposition("")[0].decode()
            assert f'queue_size{{queue_name="runs"}} {"NaN" if away else "7.0"}' in text
            assert "process_cpu_seconds_total" in text
        assert signals.metric("almenara_telemetry_errors_total", component="metrics") == 2
        assert len(signals.errors) == 1 and "refused" in signals.errors[0]


def test_a_child_is_made_once() -> None:
    """Asking again gives the same child, so that counting costs no lookup in the library."""
    metrics = Metrics(10, print)
    assert metrics.errors.labels("p", "s", "E") is metrics.errors.labels("p", "s", "E")


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 10_000), st.floats(0, 2e6)), max_size=20))
def test_a_batch_counts_like_its_records(batches: list[tuple[int, float]]) -> None:
    """A batch gives the sums and buckets that its records of mean size would give one by one."""
    metrics = Metrics(10, print)
    expected = Metrics(10, print)
    for count, mean in batches[:3]:
        count = min(count, 50)
        metrics.record_size.labels("p").observe_batch(mean * count, count)
        for _ in range(count):
            expected.record_size.labels("p").observe(mean * count / count)
    assert record_sizes(metrics) == pytest.approx(record_sizes(expected))


def record_sizes(metrics: Metrics) -> dict[str, float]:
    """The samples of record_size_bytes by name and bucket."""
    return {
        f"{sample.name} {sample.labels.get('le')}": sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name.startswith("record_size_bytes") and not sample.name.endswith("_created")
    }


def test_metrics_are_served_with_exemplars(signals: Signals) -> None:
    """A scrape that accepts OpenMetrics finds the trace id of a stage."""
    with almenara.Pipeline("ventas").run() as run, run.stage("extract"):
        pass
    server, _ = almenara.metrics.serve(0)
    try:
        request = urllib.request.Request(
            f"http://127.0.0.1:{server.server_port}/metrics",
            headers={"Accept": "application/openmetrics-text; version=1.0.0"},
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            body = response.read().decode()
    finally:
        server.shutdown()
        server.server_close()
    lines = [line for line in body.splitlines() if f'trace_id="{run.trace_id}"' in line]
    assert lines and lines[0].startswith("processing_duration_seconds_bucket")
    assert body.endswith("# EOF\n")


def test_stages_known_in_advance_start_at_zero() -> None:
    """A pipeline that names its stages has their counters from its first run on."""
    with capture() as signals, almenara.Pipeline("ventas", stages=["extract", "load"]).run():
        assert signals.metric("events_processed_total", pipeline="ventas", stage="load") == 0
        assert signals.metric("active_jobs", pipeline="ventas") == 1


def test_the_queue_gauge_is_set(signals: Signals) -> None:
    """queue_size is the one gauge that services set themselves."""
    almenara.metrics.queue_size("runs").set(4)
    assert signals.metric("queue_size", queue_name="runs") == 4

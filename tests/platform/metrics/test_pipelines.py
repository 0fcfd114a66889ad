"""The ``pipeline_*`` metrics as Prometheus reads them."""

from __future__ import annotations

from pathlib import Path

import yaml
from fastapi.testclient import TestClient
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as text_string_to_openmetrics
from prometheus_client.parser import text_string_to_metric_families
from tests.platform.events import NOON, run_event, whole_run

from almenara_platform.metrics.own import OwnMetrics
from almenara_platform.metrics.pipelines import PipelineCollector
from almenara_platform.runs.outcomes import BUCKETS
from almenara_platform.store.memory import MemoryLineageStore

ROOT = Path(__file__).parents[3]


def registry(store: MemoryLineageStore) -> CollectorRegistry:
    """What a scrape of this store reads."""
    registry = CollectorRegistry()
    registry.register(PipelineCollector(store))
    return registry


def test_known_pipeline_starts_at_zero() -> None:
    """Before its first ending a pipeline has all outcomes at 0, so that the first one is an increase."""
    store = MemoryLineageStore()
    store.apply([run_event("START")], NOON)
    read = registry(store).get_sample_value
    for outcome in ("complete", "fail", "abort"):
        labels = {"pipeline": "ventas_etl", "outcome": outcome}
        assert read("pipeline_runs_total", labels) == 0
        assert read("pipeline_run_duration_seconds_count", labels) == 0
    assert read("pipeline_last_success_timestamp_seconds", {"pipeline": "ventas_etl"}) is None


def test_a_pipeline_that_came_later_says_since_when_it_counts() -> None:
    """A first run may end before the first scrape: Prometheus counts it from the 0 at `_created`."""
    store = MemoryLineageStore()
    store.apply(whole_run(seconds=1800), NOON)
    registry = CollectorRegistry()
    registry.register(PipelineCollector(store, lambda: NOON))
    later = "0" * 8 + "-0000-0000-0000-000000000009"
    store.apply([run_event(kind, run_id=later, pipeline="later") for kind in ("START", "COMPLETE")], NOON)
    for name in ("pipeline_runs_created", "pipeline_run_duration_seconds_created"):
        labels = {"pipeline": "later", "outcome": "complete"}
        assert registry.get_sample_value(name, labels) == NOON.timestamp()
        assert registry.get_sample_value(name, labels | {"pipeline": "ventas_etl"}) is None
    body = openmetrics(registry).decode()
    assert {family.name for family in text_string_to_openmetrics(body)} >= {"pipeline_runs"}


def test_endings_are_counted() -> None:
    """Runs, durations and the last success are those of the records; namespaces add up."""
    store = MemoryLineageStore()
    store.apply(
        whole_run(seconds=1800) + whole_run("0" * 8 + "-0000-0000-0000-000000000009", namespace="b"), NOON
    )
    read = registry(store).get_sample_value
    labels = {"pipeline": "ventas_etl", "outcome": "complete"}
    assert read("pipeline_runs_total", labels) == 2
    assert read("pipeline_run_duration_seconds_sum", labels) == 1860
    assert read("pipeline_run_duration_seconds_bucket", labels | {"le": "1200.0"}) == 1
    assert read("pipeline_run_duration_seconds_bucket", labels | {"le": "1800.0"}) == 2
    assert read("pipeline_run_duration_seconds_bucket", labels | {"le": "+Inf"}) == 2
    last = read("pipeline_last_success_timestamp_seconds", {"pipeline": "ventas_etl"})
    assert last == NOON.timestamp() + 1800
    store.apply([run_event("ABORT", 9, run_id="x")], NOON)
    failed = read("pipeline_last_failure_timestamp_seconds", {"pipeline": "ventas_etl"})
    assert failed == NOON.timestamp() + 9


def test_run_without_a_start_has_no_duration() -> None:
    """A COMPLETE alone counts as a run, and the histogram counts only known durations."""
    store = MemoryLineageStore()
    store.apply([run_event("COMPLETE")], NOON)
    read = registry(store).get_sample_value
    labels = {"pipeline": "ventas_etl", "outcome": "complete"}
    assert read("pipeline_runs_total", labels) == 1
    assert read("pipeline_run_duration_seconds_count", labels) == 0


def test_counts_outlive_retention() -> None:
    """What retention removes stays counted."""
    store = MemoryLineageStore()
    store.apply(whole_run(), NOON)
    before = generate_latest(registry(store))
    store.forget(NOON.replace(year=2030))
    assert generate_latest(registry(store)).splitlines()[:5] == before.splitlines()[:5]


def test_hostile_names_do_not_break_the_exposition() -> None:
    """Quotes, newlines and backslashes in a name are escaped, and the text can be parsed."""
    store, name = MemoryLineageStore(), 'a"b\\c\nd{e}'
    store.apply(whole_run(pipeline=name), NOON)
    families = text_string_to_metric_families(generate_latest(registry(store)).decode())
    assert {sample.labels["pipeline"] for family in families for sample in family.samples} == {name}


def test_names_and_buckets_are_the_declared_ones() -> None:
    """What the platform exports is what config/telemetry.yaml declares."""
    declared = yaml.safe_load((ROOT / "config" / "telemetry.yaml").read_text())["metrics"]
    own = {metric["name"]: metric for metric in declared if metric["exported_by"] == "platform"}
    assert own["pipeline_run_duration_seconds"]["buckets"] == list(BUCKETS)
    store = MemoryLineageStore()
    store.apply([*whole_run(), run_event("FAIL", pipeline="broken", run_id="x")], NOON)
    exporter = registry(store)
    OwnMetrics(exporter)
    families = {f.name: f for f in text_string_to_metric_families(generate_latest(exporter).decode())}
    for name, family in families.items():
        if name.endswith("_created"):
            continue
        exported = f"{name}_total" if family.type == "counter" else name
        assert own[exported]["help"] == family.documentation
        assert own[exported]["type"] == family.type


def test_openmetrics_is_spoken_when_asked_for(client: TestClient) -> None:
    """Prometheus gets OpenMetrics, a browser the plain text."""
    answer = client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")
    assert client.get("/metrics").headers["content-type"].startswith("text/plain")

"""One pipeline in two environments: what dashboards show of it is that of the chosen ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.platform.dashboards import reading
from tests.rules.promtool import RuleTest, run_promtool

from almenara_platform.dashboards import identity
from almenara_platform.dashboards.variables import ENVIRONMENT, EVERYTHING

pytestmark = pytest.mark.promtool

STAGE = 'pipeline="etl",stage="load"'
NOW = "10m"
EVERY = ["production", "staging"]
Place = tuple[str, str]
PRODUCTION, STAGING = 'job="etl",instance="production:8001"', 'job="etl",instance="staging:8001"'
SERIES = {
    # Updated while it runs: for a while there are two versions of one process.
    f'target_info{{{PRODUCTION},{ENVIRONMENT}="production",service_version="1"}}': "1x80",
    f'target_info{{{PRODUCTION},{ENVIRONMENT}="production",service_version="2"}}': "1x80",
    f'target_info{{{STAGING},{ENVIRONMENT}="staging",service_version="2"}}': "1x80",
    f'active_jobs{{{PRODUCTION},pipeline="etl"}}': "2x80",
    f'active_jobs{{{STAGING},pipeline="etl"}}': "5x80",
    f'queue_size{{{PRODUCTION},queue_name="runs"}}': "3x80",
    f'queue_size{{{STAGING},queue_name="runs"}}': "7x80",
    f"events_processed_total{{{PRODUCTION},{STAGE}}}": "0+150x80",
    f"events_processed_total{{{STAGING},{STAGE}}}": "0+30x80",
    f'errors_total{{{PRODUCTION},{STAGE},error_type="KeyError"}}': "0x80",
    f'errors_total{{{STAGING},{STAGE},error_type="KeyError"}}': "0+15x80",
    f'processing_duration_seconds_bucket{{{PRODUCTION},{STAGE},le="1.0"}}': "0+1x80",
    f'processing_duration_seconds_bucket{{{PRODUCTION},{STAGE},le="60.0"}}': "0+1x80",
    f'processing_duration_seconds_bucket{{{PRODUCTION},{STAGE},le="+Inf"}}': "0+1x80",
    f'processing_duration_seconds_bucket{{{STAGING},{STAGE},le="1.0"}}': "0x80",
    f'processing_duration_seconds_bucket{{{STAGING},{STAGE},le="60.0"}}': "0+1x80",
    f'processing_duration_seconds_bucket{{{STAGING},{STAGE},le="+Inf"}}': "0+1x80",
    f'data_quality_score{{{PRODUCTION},pipeline="etl",table="sales",check_type="overall"}}': "99x80",
    f'data_quality_score{{{STAGING},pipeline="etl",table="sales",check_type="overall"}}': "40x80",
    f'null_percentage{{{PRODUCTION},pipeline="etl",table="sales",column="price"}}': "1x80",
    f'null_percentage{{{STAGING},pipeline="etl",table="sales",column="price"}}': "60x80",
    f'duplicate_count{{{PRODUCTION},pipeline="etl",table="sales"}}': "0x80",
    f'duplicate_count{{{STAGING},pipeline="etl",table="sales"}}': "8x80",
}
SHOWN = {
    ("almenara-pipelines", "Active jobs A"): (2, 5, 7),
    ("almenara-pipelines", "Active jobs and queue A"): (2, 5, 7),
    ("almenara-pipelines", "Throughput A"): (10, 2, 12),
    ("almenara-pipelines", "Throughput by stage A"): (10, 2, 12),
    ("almenara-pipelines", "Error rate A"): (0, 0.5, 1 / 12),
    ("almenara-pipelines", "Error rate by stage A"): (0, 0.5, 1 / 12),
    ("almenara-pipelines", "Waiting in the queue A"): (3, 7, 5),
    ("almenara-pipelines", "Queue A"): (3, 7, 5),
    ("almenara-pipelines", "Duration of stages: P50, P95, P99 C"): (0.95, 57.05, 54.1),
    ("almenara-quality", "Lowest score A"): (99, 40, 40),
    ("almenara-quality", "Emptiest column A"): (1, 60, 60),
    ("almenara-quality", "Duplicates A"): (0, 8, 8),
}
"""Query to its value in production, in staging and in both."""

RECORDED = {
    ("almenara-pipelines", "Active jobs and queue A"): ("pipeline:active_jobs:sum", "pipeline"),
    ("almenara-pipelines", "Queue A"): ("queue:queue_size:avg5m", "queue_name"),
    ("almenara-pipelines", "Throughput by stage A"): (
        "pipeline_stage:events_processed:rate5m",
        "pipeline, stage",
    ),
    ("almenara-pipelines", "Error rate by stage A"): (
        "pipeline_stage:errors:ratio_rate5m",
        "pipeline, stage",
    ),
    ("almenara-pipelines", "Duration of stages: P50, P95, P99 A"): (
        "pipeline:processing_duration_seconds:p50_rate5m",
        "pipeline",
    ),
    ("almenara-pipelines", "Duration of stages: P50, P95, P99 C"): (
        "pipeline:processing_duration_seconds:p95_rate5m",
        "pipeline",
    ),
    ("almenara-pipelines", "Duration of stages: P50, P95, P99 B"): (
        "pipeline:processing_duration_seconds:p99_rate5m",
        "pipeline",
    ),
}
"""Query to the series that a rule records of the same thing, and the labels of both."""

MEASURED = ("active_jobs", "queue_size", "_total{", "_bucket{", "data_quality_score{", "null_percentage{")


@pytest.fixture
def asked() -> Mapping[Place, str]:
    """Board and place to PromQL, of every query that asks for the environment."""
    every = [each for each in reading.every_query() if each.source == identity.PROMETHEUS.uid]
    return {(each.board, each.place): each.text for each in every if "$environment" in each.text}


def test_an_environment_shows_its_own_values(asked: Mapping[Place, str], tmp_path: Path) -> None:
    """The same pipeline runs in both; with one chosen the other's figures are not in it."""
    test = RuleTest("15s", SERIES)
    for place, values in SHOWN.items():
        for chosen, value in zip((["production"], ["staging"], EVERY), values, strict=True):
            text = filled(asked[place], chosen)
            test.expect_value(f"round({text}, 0.0001)", NOW, round(value, 4))
    run_promtool(tmp_path, [], [test], "15s")


def test_all_environments_are_what_alerts_compare(asked: Mapping[Place, str], tmp_path: Path) -> None:
    """With all chosen a chart shows what the recording rules record."""
    test = RuleTest("15s", SERIES)
    for place, (recorded, labels) in RECORDED.items():
        shown = filled(asked[place], EVERY)
        test.expect_value(f"abs(({shown}) - on ({labels}) {recorded})", NOW, 0)
    run_promtool(tmp_path, [reading.ROOT / "prometheus/rules/pipelines.yml"], [test], "15s")


def test_all_environments_have_room_for_what_names_none(asked: Mapping[Place, str], tmp_path: Path) -> None:
    """A process of somebody who sets no environment is shown while All is chosen, and else is not."""
    laptop = 'job="etl",instance="laptop:8001"'
    nameless = {f"target_info{{{laptop}}}": "1x80", f'active_jobs{{{laptop},pipeline="etl"}}': "1x80"}
    text = asked["almenara-pipelines", "Active jobs A"]
    test = RuleTest("15s", SERIES | nameless)
    test.expect_value(filled(text, [EVERYTHING]), NOW, 8)
    test.expect_value(filled(text, EVERY), NOW, 7)
    run_promtool(tmp_path, [], [test], "15s")
    board = reading.board(reading.ROOT / "grafana/dashboards/almenara-pipelines.json")
    (variable,) = [each for each in board["templating"]["list"] if each["name"] == "environment"]
    assert variable["allValue"] == EVERYTHING


def filled(text: str, environments: list[str]) -> str:
    """The PromQL with its variables as Grafana fills them in."""
    chosen = {"pipeline": ["etl"], "stage": ["load", "extract"], "table": ["sales"]}
    return reading.interpolate(text, {**chosen, "environment": environments})


def test_every_measurement_of_a_stage_asks_for_the_environment() -> None:
    """On dashboards with the variable, whatever a process exports is narrowed to the chosen environments."""
    for board in reading.boards():
        if "environment" not in {variable["name"] for variable in board["templating"]["list"]}:
            continue
        for each in reading.queries(board):
            if each.source == identity.PROMETHEUS.uid and any(name in each.text for name in MEASURED):
                assert "$environment" in each.text or each.place.startswith("variable"), str(each)

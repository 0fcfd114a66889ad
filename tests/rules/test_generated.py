"""Objectives that people may write, beyond those of config/slos: Prometheus takes what comes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.rules.conftest import RETENTION_SECONDS
from tests.rules.promtool import RuleTest, check, run_promtool

from almenara_platform.slo.generate import render
from almenara_platform.slo.load import load_slos
from almenara_platform.slo.rules import rule_groups

pytestmark = pytest.mark.promtool
GOOD = 'http_requests_total{code!~"5.."}'


def generated(folder: Path, slo: str) -> Path:
    """The rules of one objective of the pipeline ``p``, written as in a file of config/slos."""
    spec, rules = folder / "spec.yaml", folder / "rules.yml"
    spec.write_text(f"version: almenara/v1\npipeline: p\nslos:\n  - {slo}\n")
    groups = [group for each in load_slos([spec], RETENTION_SECONDS) for group in rule_groups(each)]
    rules.write_text(render("test", groups))
    return rules


@pytest.mark.parametrize(
    "slo",
    [
        "{name: a, objective: 99, description: 'not {{ bad }}', sli: {run_ratio: {}}}",
        "{name: a, objective: 99, sli: {quality: {minimum: 95, table: 'the \"new\" sa\\les'}}}",
        "{name: a, objective: 99, period: 7d, sli: {latency: {threshold: 30m}}}",
    ],
    ids=["braces", "quotes", "week"],
)
def test_prometheus_takes_it(slo: str, tmp_path: Path) -> None:
    """What is right for `almenara slo validate` does not stop Prometheus from starting."""
    check(["promtool", "check", "rules", "--lint=all", "--lint-fatal", str(generated(tmp_path, slo))])


def test_a_budget_that_lasts_is_nobodys_business(tmp_path: Path) -> None:
    """Half of what a week's budget allows burns for ever, and no alert fires; twice as much is a ticket."""
    rules = generated(tmp_path, "{name: a, objective: 99, period: 7d, sli: {run_ratio: {}}}")
    for failed, alerts in ((1, {}), (4, {"{}": 1})):
        series = {
            'pipeline_runs_total{pipeline="p",outcome="complete"}': f"0+{200 - failed}x500",
            'pipeline_runs_total{pipeline="p",outcome="fail"}': f"0+{failed}x500",
        }
        test = RuleTest("10m", series).expect('count(ALERTS{alertname="SLOBudgetBurn"})', "3d", alerts)
        run_promtool(tmp_path, [rules], [test], "30m")


@pytest.mark.parametrize(
    ("good", "bad_share"), [("0+99x60", 0.01), ("0x60", 1), ("_x60", 1)], ids=["most", "none", "no series"]
)
def test_what_is_not_good_is_bad(good: str, bad_share: float, tmp_path: Path) -> None:
    """An event ratio of good events burns also where none was ever good, so that they have no series."""
    ratio = f"event_ratio: {{good: '{GOOD}', total: http_requests_total}}"
    rules = generated(tmp_path, f"{{name: a, objective: 99, sli: {{{ratio}}}}}")
    failed = f"0+{round(100 * bad_share)}x60"
    series = {
        'http_requests_total{code="200"}': good,
        'http_requests_total{code="500"}': failed,
    }
    test = RuleTest("1m", series)
    test.expect_value("round(slo:sli_error:ratio_rate30m, 0.0001)", "50m", bad_share)
    run_promtool(tmp_path, [rules], [test], "1m")

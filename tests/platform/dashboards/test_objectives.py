"""The dashboard of objectives, for objectives that config/slos does not have."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.platform.dashboards import reading
from tests.rules.promtool import RuleTest, run_promtool

from almenara_platform.slo.generate import render
from almenara_platform.slo.load import load_slos
from almenara_platform.slo.rules import rule_groups

SPEC = """version: almenara/v1
pipeline: p
slos:
  - {name: week, objective: 99, period: 7d, sli: {run_ratio: {}}}
  - {name: month, objective: 98, sli: {run_ratio: {}}}
"""


@pytest.mark.promtool
def test_what_was_kept_is_of_the_objectives_own_period(tmp_path: Path) -> None:
    """An objective of a week has its share in the table beside those of a month."""
    spec, rules = tmp_path / "spec.yaml", tmp_path / "rules.yml"
    spec.write_text(SPEC)
    groups = [group for slo in load_slos([spec], 35 * 86_400) for group in rule_groups(slo)]
    rules.write_text(render("test", groups))
    asked = {(each.board, each.place): each.text for each in reading.every_query()}
    kept = reading.interpolate(asked["almenara-slos", "Objectives B"], {"slo_id": ["p-week", "p-month"]})
    series = {
        'pipeline_runs_total{pipeline="p",outcome="complete"}': "0+15x30",
        'pipeline_runs_total{pipeline="p",outcome="fail"}': "0+5x30",
    }
    test = RuleTest("10m", series).expect(
        f"round(sum by (slo_id) ({kept}), 0.0001)",
        "4h",
        {
            '{slo_id="p-week"}': 0.75,
            '{slo_id="p-month"}': 0.75,
        },
    )
    run_promtool(tmp_path, [rules], [test], "10m")

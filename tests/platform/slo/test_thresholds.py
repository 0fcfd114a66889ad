"""config/pipelines.yaml as recording rules."""

from __future__ import annotations

import re
from pathlib import Path

import promql_parser
import pytest

from almenara_platform.slo.pipelines import load_pipelines
from almenara_platform.slo.thresholds import TEAM, threshold_groups

DEFAULTS = (
    "defaults: {team: data, thresholds: {error_percentage: 5, latency_p99: 30s, quality_score: 90, "
    "null_percentage: 20, duplicates: 0, volume_low: 0.5, volume_high: 3}}\n"
)


@pytest.mark.parametrize("name", ["daily.sales", "a+b", 'the "new" one', r"back\slash", "ventas-etl"])
def test_the_defaults_leave_out_a_named_pipeline_alone(tmp_path: Path, name: str) -> None:
    """Every other pipeline has the defaults, one that is spelt nearly the same too."""
    file = tmp_path / "pipelines.yaml"
    quoted = name.replace("'", "''")
    file.write_text(f"{DEFAULTS}pipelines: {{'{quoted}': {{team: other}}}}\n")
    [group] = threshold_groups(load_pipelines(file))
    *_, rest = [rule["expr"] for rule in group["rules"] if rule["record"] == TEAM]
    [matcher] = promql_parser.parse(rest).matchers.matchers
    assert re.fullmatch(matcher.value, name)
    assert not re.fullmatch(matcher.value, "dailyXsales")
    assert not re.fullmatch(matcher.value, "aab")

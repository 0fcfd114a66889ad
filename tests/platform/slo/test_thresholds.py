"""config/pipelines.yaml as recording rules."""

from __future__ import annotations

import re
from pathlib import Path

import promql_parser
import pytest

from almenara_platform.slo.errors import InvalidSpec
from almenara_platform.slo.pipelines import load_pipelines
from almenara_platform.slo.thresholds import QUEUE_THRESHOLD, TEAM, threshold_groups

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


def test_the_default_of_queues_leaves_out_a_named_one(tmp_path: Path) -> None:
    """A queue with a size of its own has that alone; without a default nobody watches the others."""
    file = tmp_path / "pipelines.yaml"
    queues = "queues: {daily.runs: {pipeline: p, max_size: 5}}\n"
    file.write_text(DEFAULTS.replace("{team: data,", "{team: data, max_queue_size: 100,") + queues)
    [group] = threshold_groups(load_pipelines(file))
    own, rest = [rule["expr"] for rule in group["rules"] if rule["record"] == QUEUE_THRESHOLD]
    assert own == "vector(5)"
    [pattern] = re.findall(r'queue_name!~"([^"]+)"', rest)
    assert [
        bool(re.fullmatch(pattern.replace("\\\\", "\\"), name)) for name in ("daily.runs", "dailyXruns")
    ] == [
        True,
        False,
    ]
    file.write_text(DEFAULTS + queues)
    [group] = threshold_groups(load_pipelines(file))
    assert [rule["expr"] for rule in group["rules"] if rule["record"] == QUEUE_THRESHOLD] == ["vector(5)"]


def test_a_queue_of_less_than_nothing_is_refused(tmp_path: Path) -> None:
    """The fault is named with its place."""
    file = tmp_path / "pipelines.yaml"
    file.write_text(DEFAULTS.replace("{team: data,", "{team: data, max_queue_size: -1,"))
    with pytest.raises(InvalidSpec, match=r"defaults\.max_queue_size: must be 0 or more"):
        load_pipelines(file)

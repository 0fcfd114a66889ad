"""Spec files: what is read of each format, and what is said of a file that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from almenara_platform.slo.buckets import check_buckets, run_buckets
from almenara_platform.slo.errors import InvalidSpec
from almenara_platform.slo.load import load_slos
from almenara_platform.slo.sli import EventRatio, Freshness, LatencyThreshold, QualityThreshold, RunRatio

BAD = Path(__file__).parent / "bad"
MONTH = 35 * 86_400
EXPECTED = {
    "objective-of-100.yaml": (5, "slos[0].objective", "under 100"),
    "objective-of-0.yaml": (5, "slos[0].objective", "over 0"),
    "objective-is-text.yaml": (5, "slos[0].objective", "must be a number"),
    "unknown-sli.yaml": (7, "slos[0].sli.latencie", "did you mean latency?"),
    "duplicate-names.yaml": (7, "name", "already at"),
    "window-longer-than-retention.yaml": (4, "period", "35d"),
    "window-shorter-than-the-alerts.yaml": (4, "period", "not longer than the 3d"),
    "not-a-mapping.yaml": (1, "", "must be a mapping"),
    "not-yaml.yaml": (3, "", "not valid YAML"),
    "duplicate-key.yaml": (3, "", "duplicate key"),
    "empty.yaml": (1, "", "is empty"),
    "unknown-version.yaml": (1, "version", "known are almenara/v1, prometheus/v1, openslo/v1"),
    "no-slos.yaml": (3, "slos", "at least one entry"),
    "query-without-window.yaml": (7, "slos[0].sli.raw.error_ratio", "{{.window}}"),
    "query-is-not-promql.yaml": (8, "slos[0].sli.raw.error_ratio", "not valid PromQL"),
    "threshold-without-unit.yaml": (7, "slos[0].sli.latency.threshold", "must be text"),
    "freshness-of-all.yaml": (6, "slos[0].sli", "a promise of one pipeline"),
    "sloth-plugin.yaml": (7, "slos[0].sli.plugin", "cannot be run here"),
    "openslo-target-of-1.yaml": (14, "spec.objectives[0].target", "under 1"),
    "openslo-timeslices.yaml": (6, "spec.budgetingMethod", "only Occurrences"),
}


def test_every_bad_file_is_expected() -> None:
    """No fixture is forgotten."""
    assert {path.name for path in BAD.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_fault_is_named_with_file_line_and_field(name: str) -> None:
    """Each kind of mistake is told where it stands and how to mend it."""
    line, field, words = EXPECTED[name]
    with pytest.raises(InvalidSpec) as caught:
        load_slos([BAD / name], MONTH)
    fault = caught.value.faults[0]
    assert (fault.path, fault.line, fault.field) == (BAD / name, line, field)
    assert words in fault.message


def test_all_faults_of_all_files_are_told_at_once() -> None:
    """A folder with several bad files gives every file's fault."""
    with pytest.raises(InvalidSpec) as caught:
        load_slos([BAD], MONTH)
    told = {fault.path.name for fault in caught.value.faults}
    assert told == set(EXPECTED)


def test_a_missing_folder_is_told() -> None:
    """A path that does not exist is an error, not an empty list."""
    with pytest.raises(InvalidSpec, match="no such file or folder"):
        load_slos([BAD / "nowhere"], MONTH)


def test_the_projects_objectives(checkout: Path) -> None:
    """config/slos holds what the project promises, and every latency threshold is a bucket."""
    slos = {slo.id: slo for slo in load_slos([checkout / "config/slos"], MONTH)}
    check_buckets(slos.values(), run_buckets(checkout / "config/telemetry.yaml"))
    assert {
        name: (slo.objective, slo.sli) for name, slo in slos.items() if not isinstance(slo.sli, EventRatio)
    } == {
        "all-duration": (99.9, LatencyThreshold(1800)),
        "ml_training-availability": (99.5, RunRatio()),
        "ventas_etl-duration": (99, LatencyThreshold(1800)),
        "ventas_etl-freshness": (99, Freshness(26 * 3600)),
        "ventas_etl-quality": (99, QualityThreshold(95)),
    }


def test_a_latency_between_buckets_is_refused(tmp_path: Path, checkout: Path) -> None:
    """A threshold without a bucket names the nearest ones."""
    file = tmp_path / "slo.yaml"
    file.write_text(
        "version: almenara/v1\npipeline: p\nslos:\n"
        "  - {name: a, objective: 99, sli: {latency: {threshold: 40m}}}\n"
    )
    with pytest.raises(InvalidSpec, match="choose 30m or 45m"):
        check_buckets(load_slos([file], MONTH), run_buckets(checkout / "config/telemetry.yaml"))


def test_openslo(tmp_path: Path) -> None:
    """An OpenSLO document with two objectives becomes two SLOs over its own window."""
    file = tmp_path / "openslo.yaml"
    text = (BAD / "openslo-target-of-1.yaml").read_text()
    two = text.replace("- target: 1", "- target: 0.999\n    - targetPercent: 99")
    file.write_text(two + "  timeWindow:\n    - {duration: 28d, isRolling: true}\n")
    found = load_slos([file], MONTH)
    assert [(slo.id, slo.objective, slo.period) for slo in found] == [
        ("s-a-1", 99.9, "28d"),
        ("s-a-2", 99.0, "28d"),
    ]
    assert found[0].sli == EventRatio("sum(rate(bad[{{.window}}]))", "sum(rate(all[{{.window}}]))")

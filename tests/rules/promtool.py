"""Write and run promtool unit tests from Python."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml


@dataclass
class RuleTest:
    """One promtool test: series in, expectations out."""

    interval: str
    series: dict[str, str]
    expectations: list[dict[str, Any]] = field(default_factory=list)

    def expect(self, expr: str, at: str, samples: dict[str, float]) -> RuleTest:
        """At time ``at`` the expression gives exactly these samples (labels: value)."""
        listed = [{"labels": labels, "value": value} for labels, value in samples.items()]
        self.expectations.append({"expr": expr, "eval_time": at, "exp_samples": listed})
        return self

    def expect_value(self, expr: str, at: str, value: float) -> RuleTest:
        """At time ``at`` the expression, labels removed, gives this one value."""
        return self.expect(f"max({expr})", at, {"{}": value})

    def document(self) -> dict[str, Any]:
        """The test as promtool reads it."""
        inputs = [{"series": name, "values": values} for name, values in self.series.items()]
        return {
            "interval": self.interval,
            "input_series": inputs,
            "promql_expr_test": self.expectations,
        }


def run_promtool(
    folder: Path, rules: Sequence[Path], tests: Iterable[RuleTest], evaluation_interval: str
) -> None:
    """Run the tests against the rule files; fails with promtool's own words."""
    file = folder / "generated.test.yml"
    groups = [group["name"] for path in rules for group in yaml.safe_load(path.read_text())["groups"]]
    content = {
        "rule_files": [str(path) for path in rules],
        "evaluation_interval": evaluation_interval,
        "group_eval_order": groups,
        "tests": [test.document() for test in tests],
    }
    file.write_text(yaml.safe_dump(content, sort_keys=False, width=100_000))
    check(["promtool", "test", "rules", str(file)])


def groups_of(folder: Path, slo_id: str, target: Path) -> Path:
    """A rule file with the groups of one SLO alone: the others would only cost time."""
    groups = [
        group
        for path in folder.glob("slo-*.yml")
        for group in yaml.safe_load(path.read_text())["groups"]
        if group["name"].startswith(f"slo-{slo_id}-")
    ]
    file = target / f"{slo_id}.yml"
    file.write_text(yaml.safe_dump({"groups": groups}, sort_keys=False, width=100_000))
    return file


def check(command: Sequence[str]) -> str:
    """The output of a command that must succeed."""
    result = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert result.returncode == 0, f"{' '.join(command)}\n{result.stdout}\n{result.stderr}"
    return result.stdout


def steps(*parts: tuple[float, int]) -> str:
    """Series values: each part is a value and how many samples it stays."""
    return " ".join(f"{value:g}x{count - 1}" if count > 1 else f"{value:g}" for value, count in parts)


def staircase(samples_per_step: int, increments: Iterable[float]) -> str:
    """A counter that starts at 0 and grows by each increment in turn, a step every ``samples_per_step``."""
    total, parts = 0.0, [(0.0, samples_per_step)]
    for increment in increments:
        total += increment
        parts.append((total, samples_per_step))
    return steps(*parts)

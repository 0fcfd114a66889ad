"""The committed rule files, read as data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
RULES = sorted((ROOT / "prometheus/rules").glob("*.yml"))
TESTS = sorted((ROOT / "prometheus/tests").glob("*.test.yml"))


def rules() -> Iterator[dict[str, Any]]:
    """Every rule of every file."""
    for path in RULES:
        for group in yaml.safe_load(path.read_text())["groups"]:
            yield from group["rules"]


def alerts() -> list[dict[str, Any]]:
    """Every alerting rule."""
    return [rule for rule in rules() if "alert" in rule]


def alert_names() -> list[str]:
    """Every alert's name once."""
    return sorted({rule["alert"] for rule in alerts()})


def recorded() -> set[str]:
    """The names of all recorded series."""
    return {rule["record"] for rule in rules() if "record" in rule}


def tests() -> dict[str, dict[str, Any]]:
    """All promtool tests in prometheus/tests by name."""
    return {test["name"]: test for path in TESTS for test in yaml.safe_load(path.read_text())["tests"]}

"""What the SDK exports is what config/telemetry.yaml declares."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families

import almenara
from almenara.metrics.catalog import CATALOG
from almenara.testing import Signals

DECLARATION = Path(__file__).parents[3] / "config" / "telemetry.yaml"
KNOWN_COMPONENTS = ("process_", "python_", "target")


def declared() -> dict[str, dict[str, Any]]:
    """The declaration by name."""
    return {entry["name"]: entry for entry in yaml.safe_load(DECLARATION.read_text())["metrics"]}


def test_the_catalog_equals_the_declaration() -> None:
    """Name, type, unit, labels, buckets and help are the same in code and in the file."""
    ours = {name: entry for name, entry in declared().items() if entry["exported_by"] == "sdk"}
    assert {spec.name for spec in CATALOG} == set(ours)
    for spec in CATALOG:
        entry = ours[spec.name]
        in_code = {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(spec).items()}
        in_file = {"buckets": [], **entry, "unit": "" if entry["unit"] == "none" else entry["unit"]}
        in_file.pop("exported_by")
        assert in_code == in_file


def test_every_declared_metric_is_documented_completely() -> None:
    """Each entry has all keys, a known type, and histograms have ascending buckets."""
    for name, entry in declared().items():
        assert entry["type"] in ("counter", "gauge", "histogram", "summary"), name
        assert entry["help"].endswith("."), name
        assert isinstance(entry["labels"], list), name
        assert (entry["type"] == "histogram") == bool(entry.get("buckets")), name
        assert entry.get("buckets", []) == sorted(entry.get("buckets", [])), name


def test_the_exposition_holds_no_undeclared_name(signals: Signals) -> None:
    """/metrics in OpenMetrics form parses, and all its names are declared or a known component's."""
    body, content_type = almenara.metrics.exposition()
    assert content_type.startswith("application/openmetrics-text")
    names = {spec.name.removesuffix("_total") for spec in CATALOG}
    for family in text_string_to_metric_families(body.decode()):
        assert family.name in names or family.name.startswith(KNOWN_COMPONENTS), family.name


def test_the_exposition_says_where_the_process_runs(signals: Signals) -> None:
    """target_info names service and environment, by which queries join metrics with where they come from."""
    body, _ = almenara.metrics.exposition()
    found = {family.name: family for family in text_string_to_metric_families(body.decode())}["target"]
    settings = almenara.runtime.current().settings
    labels = found.samples[0].labels
    assert labels["service_name"] == settings.service
    assert labels["deployment_environment_name"] == settings.environment

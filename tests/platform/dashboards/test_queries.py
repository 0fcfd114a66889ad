"""Every query names metrics, labels, variables and datasources that exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from tests.platform.dashboards import reading
from tests.platform.dashboards.reading import Asked

from almenara_platform.dashboards import identity

SAMPLES = {
    "__rate_interval": "5m",
    "__range": "1h",
    "__interval": "15s",
    "__auto": "1m",
    "__from": "1700000000000",
    "__to": "1700003600000",
}
OF_EVERY_TARGET = {"job", "instance"}
CHOOSING = {"topk", "bottomk"}
"""Aggregations that keep the labels of the series that they choose."""
SERIES_OF = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("_sum", "_count")}
OF_RECORDINGS = {
    "pipeline",
    "stage",
    "le",
    "queue_name",
    "team",
    "threshold",
    "slo",
    "slo_id",
    "slo_window",
}

OF_PROMETHEUS = [asked for asked in reading.every_query() if asked.source == identity.PROMETHEUS.uid]
EACH = pytest.mark.parametrize("asked", OF_PROMETHEUS, ids=str)


def declared() -> dict[str, set[str]]:
    """Series name to labels, of everything that may be asked: own metrics, recordings, components."""
    known: dict[str, set[str]] = {}
    for metric in yaml.safe_load((reading.ROOT / "config/telemetry.yaml").read_text())["metrics"]:
        for suffix in SERIES_OF.get(metric["type"], ("",)):
            extra = {"le"} if suffix == "_bucket" else set()
            known[metric["name"] + suffix] = set(metric["labels"]) | extra
    for path in (reading.ROOT / "prometheus/rules").glob("*.yml"):
        for group in yaml.safe_load(path.read_text())["groups"]:
            known |= {rule["record"]: OF_RECORDINGS for rule in group["rules"] if "record" in rule}
    components = yaml.safe_load((Path(__file__).parent / "components.yaml").read_text())
    for metrics in components.values():
        known |= {name: set(labels) for name, labels in metrics.items()}
    return known


@pytest.fixture(scope="module")
def known() -> dict[str, set[str]]:
    """Every series that may be asked for, with its labels."""
    return declared()


def nodes(promql: str) -> list[Any]:
    """Every node of a PromQL expression whose variables have sample values."""
    values = dict.fromkeys(reading.variables_in(promql), "x") | SAMPLES
    found: list[Any] = []
    promql_parser.walk(promql_parser.parse(reading.interpolate(promql, values)), found.append)
    return found


@EACH
def test_every_metric_is_declared(asked: Asked, known: dict[str, set[str]]) -> None:
    """A query may name only what config/telemetry.yaml, the rules or a component's list declares."""
    series = [node for node in nodes(asked.text) if isinstance(node, promql_parser.VectorSelector)]
    assert series
    assert {node.name for node in series} <= set(known)


@EACH
def test_every_label_belongs_to_its_metric(asked: Asked, known: dict[str, set[str]]) -> None:
    """A matcher on a label that the metric lacks selects nothing, and grouping by one hides what differs."""
    labels: set[str] = set(OF_EVERY_TARGET)
    for node in nodes(asked.text):
        if isinstance(node, promql_parser.VectorSelector):
            own = known[node.name] | OF_EVERY_TARGET
            labels |= own
            assert {matcher.name for matcher in node.matchers.matchers} <= own
    for node in nodes(asked.text):
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier:
            assert set(node.modifier.labels) <= labels


def test_legends_name_labels_that_the_answer_has(known: dict[str, set[str]]) -> None:
    """A legend whose label is not in the answer would be the same for every series."""
    for board in reading.boards():
        for panel in reading.panels(board):
            for target in panel["targets"]:
                wanted = set(re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", "")))
                if wanted and target["datasource"]["uid"] == identity.PROMETHEUS.uid:
                    assert wanted <= labels_of_answer(target["expr"], known), panel["title"]


def labels_of_answer(promql: str, known: dict[str, set[str]]) -> set[str]:
    """The labels of the series that an expression answers with."""
    values = dict.fromkeys(reading.variables_in(promql), "x") | SAMPLES
    return _labels(promql_parser.parse(reading.interpolate(promql, values)), known)


def _labels(node: Any, known: dict[str, set[str]]) -> set[str]:
    if isinstance(node, promql_parser.AggregateExpr) and str(node.op) not in CHOOSING:
        return set(node.modifier.labels) if node.modifier else set()
    if isinstance(node, promql_parser.VectorSelector):
        return known[node.name] | OF_EVERY_TARGET
    if isinstance(node, promql_parser.MatrixSelector):
        return _labels(node.vector_selector, known)
    if isinstance(node, promql_parser.BinaryExpr):
        return _labels(node.lhs, known) or _labels(node.rhs, known)
    inner = node.args if isinstance(node, promql_parser.Call) else [getattr(node, "expr", None)]
    return set().union(*(_labels(each, known) for each in inner if each is not None))


@pytest.mark.parametrize("asked", reading.every_query(), ids=str)
def test_every_variable_and_datasource_exists(asked: Asked) -> None:
    """A query uses only variables of its dashboard or of Grafana, and a datasource that is provisioned."""
    (board,) = [board for board in reading.boards() if board["uid"] == asked.board]
    names = {variable["name"] for variable in board["templating"]["list"]} | set(SAMPLES)
    assert reading.variables_in(asked.text) <= names
    assert asked.source in {source.uid for source in identity.DATASOURCES}


def test_a_variable_uses_only_those_before_it() -> None:
    """Grafana fills variables in from the first to the last."""
    for board in reading.boards():
        before = set(SAMPLES)
        for variable in board["templating"]["list"]:
            query = variable["query"]
            text = query if isinstance(query, str) else query["query"]
            assert reading.variables_in(text) <= before, (board["uid"], variable["name"])
            before.add(variable["name"])


def test_an_undeclared_metric_is_noticed(known: dict[str, set[str]]) -> None:
    """The parser finds the name inside functions, aggregations and binary operators."""
    found = nodes('sum by (job) (rate(no_such_metric{job=~"$job"}[$__rate_interval])) / on () vector(1)')
    names = {node.name for node in found if isinstance(node, promql_parser.VectorSelector)}
    assert names == {"no_such_metric"}
    assert not names <= set(known)

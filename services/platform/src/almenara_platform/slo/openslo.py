"""OpenSLO ``openslo/v1`` documents of kind SLO with a ratio metric written out in PromQL.

The SLI stands in ``spec.indicator.spec.ratioMetric``; the query is either OpenSLO's
``metricSource: {type: Prometheus, spec: {query: ...}}`` with ``{{.window}}`` as the range.
"""

from __future__ import annotations

from collections.abc import Iterable

from almenara_platform.slo.duration import format_duration
from almenara_platform.slo.model import Origin, Slo
from almenara_platform.slo.native import OBJECTIVE_HELP, all_but, error_ratio_query
from almenara_platform.slo.node import Node
from almenara_platform.slo.query import window_query
from almenara_platform.slo.sli import EventRatio, RawQuery, Sli
from almenara_platform.slo.windows import PERIOD

VERSION = "openslo/v1"
OCCURRENCES = "Occurrences"


def read_openslo(document: Node) -> list[Slo]:
    """The SLOs of one document, one for each objective; raises InvalidSpec."""
    document.mapping(("apiVersion", "kind", "metadata", "spec"))
    if document["kind"].text() != "SLO":
        document["kind"].fail("only documents of kind SLO are read; write the indicator into the SLO")
    return list(_slos(document))


def _slos(document: Node) -> Iterable[Slo]:
    metadata, spec = document["metadata"], document["spec"]
    method = spec.optional("budgetingMethod", Node.text, OCCURRENCES)
    if method != OCCURRENCES:
        spec["budgetingMethod"].fail(f"only {OCCURRENCES} are counted, not {method}")
    objectives = list(spec["objectives"].items())
    sli = _sli(spec["indicator"]["spec"])
    for number, entry in enumerate(objectives, start=1):
        suffix = f"-{number}" if len(objectives) > 1 else ""
        yield Slo(
            pipeline=spec["service"].name(),
            name=metadata["name"].name() + suffix,
            objective=_objective(entry),
            sli=sli,
            origin=Origin(entry.path, entry.line),
            team=_team(metadata),
            description=spec.optional("description", Node.text, "").strip(),
            period=_period(spec),
        )


def _objective(entry: Node) -> float:
    percent = "targetPercent" in entry
    node = entry["targetPercent" if percent else "target"]
    share = node.number() / (100 if percent else 1)
    if not 0 < share < 1:
        node.fail(OBJECTIVE_HELP if percent else "must be over 0 and under 1, such as 0.999")
    # Rounded because 0.999 * 100 is 99.9000000000000057.
    return round(share * 100, 10)


def _team(metadata: Node) -> str:
    return str(metadata["labels"].labels().get("team", "")) if "labels" in metadata else ""


def _period(spec: Node) -> str:
    if "timeWindow" not in spec:
        return PERIOD
    window = next(iter(spec["timeWindow"].items()))
    if not window.optional("isRolling", Node.flag, True):
        window["isRolling"].fail("only rolling windows can be computed; write isRolling: true")
    return format_duration(window["duration"].seconds())


def _sli(node: Node) -> Sli:
    ratio = node["ratioMetric"]
    if "raw" in ratio:
        return RawQuery(error_ratio_query(_query_node(ratio["raw"])))
    total = _query(ratio["total"])
    if "bad" in ratio:
        return EventRatio(_query(ratio["bad"]), total)
    return EventRatio(all_but(_query(ratio["good"]), total), total)


def _query_node(metric: Node) -> Node:
    source = metric["metricSource"]
    kind = source.optional("type", Node.text, "Prometheus")
    if kind.lower() != "prometheus":
        source["type"].fail(f"only Prometheus can be asked, not {kind}")
    return source["spec"]["query"]


def _query(metric: Node) -> str:
    node = _query_node(metric)
    return window_query(node, node.text().strip())

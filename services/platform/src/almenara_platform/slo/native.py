"""Almenara's own SLO files: ``version: almenara/v1``, one file a pipeline."""

from __future__ import annotations

from collections.abc import Callable

from almenara_platform.slo.duration import format_duration
from almenara_platform.slo.model import ALL_PIPELINES, DEFAULT_ALERT, Alerting, Origin, SeverityAlert, Slo
from almenara_platform.slo.node import Node
from almenara_platform.slo.query import window_query
from almenara_platform.slo.sli import (
    EventRatio,
    Freshness,
    LatencyThreshold,
    QualityThreshold,
    RawQuery,
    RunRatio,
    Sli,
)
from almenara_platform.slo.windows import PERIOD

VERSION = "almenara/v1"
OBJECTIVE_HELP = "must be over 0 and under 100 percent; at 100 there is no budget to spend, try 99.9"


def read_native(document: Node) -> list[Slo]:
    """The SLOs of one document; raises InvalidSpec."""
    document.mapping(("version", "pipeline", "team", "labels", "slos"))
    return [_slo(document, entry) for entry in document["slos"].items()]


def objective(node: Node) -> float:
    """A percentage strictly between 0 and 100."""
    if not 0 < node.number() < 100:
        node.fail(f"{OBJECTIVE_HELP} (it is {node.number():g})")
    return node.number()


def _slo(document: Node, entry: Node) -> Slo:
    entry.mapping(("name", "objective", "period", "description", "sli", "labels", "alerting"))
    pipeline = document["pipeline"].name()
    return Slo(
        pipeline=pipeline,
        name=entry["name"].name(),
        objective=objective(entry["objective"]),
        sli=_sli(entry["sli"], pipeline),
        origin=Origin(entry.path, entry.line),
        team=document.optional("team", Node.name, ""),
        description=entry.optional("description", Node.text, "").strip(),
        period=format_duration(entry.optional("period", Node.seconds, 0)) if "period" in entry else PERIOD,
        labels=document.optional("labels", Node.labels, {}) | entry.optional("labels", Node.labels, {}),
        alerting=entry.optional("alerting", _alerting, Alerting()),
    )


def _alerting(node: Node) -> Alerting:
    node.mapping(("name", "page", "ticket"))
    return Alerting(
        name=node.optional("name", Node.name, DEFAULT_ALERT),
        page=node.optional("page", _severity_alert, SeverityAlert()),
        ticket=node.optional("ticket", _severity_alert, SeverityAlert()),
    )


def _severity_alert(node: Node) -> SeverityAlert:
    node.mapping(("enabled", "labels", "annotations"))
    return SeverityAlert(
        enabled=node.optional("enabled", Node.flag, True),
        labels=node.optional("labels", Node.labels, {}),
        annotations=node.optional("annotations", Node.labels, {}),
    )


def _sli(node: Node, pipeline: str) -> Sli:
    kinds = node.mapping(tuple(_READERS)).names()
    if len(kinds) != 1:
        node.fail(f"must have exactly one kind of {', '.join(_READERS)}")
    kind = kinds[0]
    if pipeline == ALL_PIPELINES and kind in ("freshness", "quality"):
        node.fail(f"{kind} is a promise of one pipeline; name one instead of {ALL_PIPELINES}")
    # Kinds without parameters may be written `run_ratio:` or `run_ratio: {}`.
    empty = node.value[kind] is None
    return _READERS[kind](Node({}, node.path, node.line, f"{node.field}.{kind}") if empty else node[kind])


def _run_ratio(node: Node) -> Sli:
    if node.mapping().names():
        node.fail("takes no parameters; write run_ratio: {}")
    return RunRatio()


def _latency(node: Node) -> Sli:
    return LatencyThreshold(node.mapping(("threshold",))["threshold"].seconds())


def _freshness(node: Node) -> Sli:
    return Freshness(node.mapping(("max_age",))["max_age"].seconds())


def _quality(node: Node) -> Sli:
    node.mapping(("minimum", "table"))
    return QualityThreshold(node["minimum"].between(0, 100), node.optional("table", Node.text, None))


def _event_ratio(node: Node) -> Sli:
    node.mapping(("bad", "good", "total"))
    if ("bad" in node) == ("good" in node):
        node.fail("needs either bad or good, and total")
    total = _rate(node["total"])
    return EventRatio(_rate(node["bad"]) if "bad" in node else all_but(_rate(node["good"]), total), total)


def all_but(good: str, total: str) -> str:
    """PromQL of the events that are not good: all of them where there is no series of good ones."""
    return f"clamp_min(({total}) - (({good}) or 0 * ({total})), 0)"


def _rate(selector: Node) -> str:
    text = selector.text().strip()
    return window_query(selector, f"sum(rate({text}[{{{{.window}}}}]))")


def _raw(node: Node) -> Sli:
    return RawQuery(error_ratio_query(node.mapping(("error_ratio",))["error_ratio"]))


def error_ratio_query(node: Node) -> str:
    """PromQL with a window in it."""
    return window_query(node, node.text().strip())


_READERS: dict[str, Callable[[Node], Sli]] = {
    "event_ratio": _event_ratio,
    "run_ratio": _run_ratio,
    "latency": _latency,
    "freshness": _freshness,
    "quality": _quality,
    "raw": _raw,
}

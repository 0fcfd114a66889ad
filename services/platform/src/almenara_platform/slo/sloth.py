"""Sloth's ``prometheus/v1`` files, as https://sloth.dev/specs/default documents them."""

from __future__ import annotations

from almenara_platform.slo.model import DEFAULT_ALERT, Alerting, Origin, SeverityAlert, Slo
from almenara_platform.slo.native import error_ratio_query, objective
from almenara_platform.slo.node import Node
from almenara_platform.slo.query import window_query
from almenara_platform.slo.sli import EventRatio, RawQuery, Sli

VERSION = "prometheus/v1"


def read_sloth(document: Node) -> list[Slo]:
    """The SLOs of one document, the service as their pipeline; raises InvalidSpec."""
    document.mapping(("version", "service", "labels", "slos"))
    return [_slo(document, entry) for entry in document["slos"].items()]


def _slo(document: Node, entry: Node) -> Slo:
    entry.mapping(("name", "description", "objective", "labels", "sli", "alerting", "plugins"))
    if "plugins" in entry:
        entry["plugins"].fail("Sloth's SLO plugins cannot be run here; write their rules out")
    labels = document.optional("labels", Node.labels, {}) | entry.optional("labels", Node.labels, {})
    return Slo(
        pipeline=document["service"].name(),
        name=entry["name"].name(),
        objective=objective(entry["objective"]),
        sli=_sli(entry["sli"]),
        origin=Origin(entry.path, entry.line),
        team=labels.pop("team", "") or labels.get("owner", ""),
        description=entry.optional("description", Node.text, "").strip(),
        labels=labels,
        alerting=entry.optional("alerting", _alerting, Alerting()),
    )


def _sli(node: Node) -> Sli:
    node.mapping(("events", "raw", "plugin"))
    if "plugin" in node:
        node["plugin"].fail("Sloth's SLI plugins cannot be run here; write their queries out as events")
    if "raw" in node:
        raw = node["raw"].mapping(("error_ratio_query",))
        return RawQuery(error_ratio_query(raw["error_ratio_query"]))
    events = node["events"].mapping(("error_query", "total_query"))
    return EventRatio(_query(events["error_query"]), _query(events["total_query"]))


def _query(node: Node) -> str:
    return window_query(node, node.text().strip())


def _alerting(node: Node) -> Alerting:
    node.mapping(("name", "labels", "annotations", "page_alert", "ticket_alert"))
    return Alerting(
        name=node.optional("name", Node.text, DEFAULT_ALERT),
        page=_severity(node, "page_alert"),
        ticket=_severity(node, "ticket_alert"),
    )


def _severity(alerting: Node, key: str) -> SeverityAlert:
    own = alerting[key].mapping(("disable", "labels", "annotations")) if key in alerting else None
    labels = alerting.optional("labels", Node.labels, {})
    annotations = alerting.optional("annotations", Node.labels, {})
    if own is None:
        return SeverityAlert(True, labels, annotations)
    return SeverityAlert(
        enabled=not own.optional("disable", Node.flag, False),
        labels=labels | own.optional("labels", Node.labels, {}),
        annotations=annotations | own.optional("annotations", Node.labels, {}),
    )

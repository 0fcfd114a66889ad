"""Dashboards that show what a change affects."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from almenara_platform.lineage.dashboards import (
    Dashboard,
    MetricUse,
    Panel,
    fits,
    is_table,
    last_name,
    uses_table,
)
from almenara_platform.lineage.index import Snapshot

_TABLE_LABELS = ("table", "dataset")


def dashboards_at_risk(
    snapshot: Snapshot,
    changed: Mapping[int, Sequence[int]],
    datasets: Iterable[int],
    pipelines: Collection[str],
    dashboards: Iterable[Dashboard],
) -> list[dict[str, Any]]:
    """Dashboards with the panels that use changed columns, affected datasets or affected pipelines.

    ``changed`` are the changed columns by dataset; a dataset without known columns counts as a whole.
    """
    tables = {
        snapshot.names.entities[entity].name: _columns(snapshot, changed.get(entity, ()))
        for entity in {*changed, *datasets}
    }
    found = []
    for dashboard in dashboards:
        panels = [(panel, _uses(panel, tables, pipelines)) for panel in dashboard.panels]
        hit = [{"id": panel.id, "title": panel.title, "uses": uses} for panel, uses in panels if uses]
        if hit:
            own = {"uid": dashboard.uid, "name": dashboard.title, "title": dashboard.title}
            found.append(own | {"file": dashboard.file, "panels": hit})
    return found


def _columns(snapshot: Snapshot, nodes: Iterable[int]) -> list[str]:
    columns = [snapshot.names.node_columns[node] for node in nodes]
    return [] if "" in columns else columns


def _uses(panel: Panel, tables: Mapping[str, list[str]], pipelines: Collection[str]) -> list[str]:
    found = {name for name, columns in tables.items() if uses_table(panel.tables, name, columns)}
    found |= {use.metric for use in panel.metrics if _concerns(use, tables, pipelines)}
    return sorted(found)


def _concerns(use: MetricUse, tables: Mapping[str, list[str]], pipelines: Collection[str]) -> bool:
    if use.metric in tables:
        return True
    if any(fits(value, name) for value in use.labels.get("pipeline", ()) for name in pipelines):
        return True
    named = {value for label in _TABLE_LABELS for value in use.labels.get(label, ())}
    columns = use.labels.get("column", ())
    return any(
        _is_named(table, name) and (not columns or not known or _meet(columns, known))
        for table, known in tables.items()
        for name in named
    )


def _is_named(table: str, name: str) -> bool:
    return is_table(table, name) or fits(name, table) or fits(name, last_name(table))


def _meet(columns: Iterable[str], known: Iterable[str]) -> bool:
    return any(fits(column, each) for column in columns for each in known)

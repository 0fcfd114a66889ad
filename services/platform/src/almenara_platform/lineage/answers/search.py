"""Finding datasets, columns, jobs and labels by a part of their names."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import nsmallest
from itertools import islice
from typing import Any

from almenara_platform import cursor as cursors
from almenara_platform.lineage.answers.labels import known_labels
from almenara_platform.lineage.facts import Entity, Kind
from almenara_platform.lineage.index import Snapshot
from almenara_platform.page import Page

_SHOWN = (Kind.DATASET, Kind.JOB)
Hit = tuple[int, int, dict[str, Any]]
"""Group, number within the group, item: hits come in this order."""
_ENTITIES, _LABELS, _COLUMNS = range(3)


def search(snapshot: Snapshot, text: str, limit: int, cursor: str | None) -> Page[dict[str, Any]]:
    """What has the text in its name, whatever the case: datasets and jobs, then labels, then columns."""
    after = tuple(cursors.decode(cursor, int, int)) if cursor else (-1, -1)
    hits = (hit for hit in _hits(snapshot, text.lower()) if hit[:2] > after)
    found = list(islice(hits, limit + 1))
    page = found[:limit]
    following = cursors.encode(*page[-1][:2]) if len(found) > limit else None
    return Page([item for *_, item in page], following)


def first_datasets(snapshot: Snapshot, most: int) -> list[Entity]:
    """Datasets to begin with, by name; what symlinks make one is one here."""
    names = snapshot.names
    known = (
        names.entities[number] for number in range(snapshot.flows.nodes) if number not in names.canonical
    )
    datasets = (each for each in known if each.kind is Kind.DATASET)
    return nsmallest(most, datasets, key=lambda each: (each.name, each.namespace))


def _hits(snapshot: Snapshot, text: str) -> Iterator[Hit]:
    names = snapshot.names
    for number in range(snapshot.flows.nodes):
        kind, namespace, name = names.entities[number]
        if kind in _SHOWN and text in name.lower():
            yield _ENTITIES, number, _item(kind.value, namespace, name)
    for number, label in enumerate(known_labels(snapshot)):
        if text in label.lower():
            yield _LABELS, number, _item("tag", None, None, label=label)
    known: dict[str, bool] = {"": False}
    for node in range(snapshot.columns.nodes):
        column = names.node_columns[node]
        matches = known.get(column)
        if matches is None:
            matches = known[column] = text in column.lower()
        if matches and node not in names.same_nodes:
            yield _COLUMNS, node, _item("column", *names.place(node))


def _item(
    kind: str, namespace: str | None, name: str | None, column: str | None = None, label: str | None = None
) -> dict[str, Any]:
    path = [] if name is None else [[namespace, name, column]]
    place = {"namespace": namespace, "name": name, "column": column, "hops": 0, "path": path}
    return {"kind": kind} | place | {"label": label}

"""What breaks when a column or a dataset changes: pipelines, datasets, models, dashboards, objectives."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from almenara_platform.lineage.answers.asked import Asked, find
from almenara_platform.lineage.answers.boards import dashboards_at_risk
from almenara_platform.lineage.answers.owners import fed, owner_of, owners_of, users, written
from almenara_platform.lineage.answers.personal_data import by_dataset
from almenara_platform.lineage.dashboards import Dashboard
from almenara_platform.lineage.facts import Kind
from almenara_platform.lineage.facts.described import TYPE
from almenara_platform.lineage.graph import Direction, EdgeFlag, Walk, edges_from, walk
from almenara_platform.lineage.index import Snapshot
from almenara_platform.slo.model import Slo

_MODEL = "MODEL"
_MODEL_NAMESPACES = ("mlflow", "models:")


class Change(StrEnum):
    """What is done to the column. ``TYPE`` reaches what holds its values, the others all that uses it."""

    DROP = "drop"
    RENAME = "rename"
    TYPE = "type"


_AVOID = {
    Change.DROP: EdgeFlag.NONE,
    Change.RENAME: EdgeFlag.NONE,
    Change.TYPE: EdgeFlag.INDIRECT | EdgeFlag.MASKED,
}


@dataclass(slots=True)
class Affected:
    """Numbers of what is affected; ``certain`` tells whether column lineage proves it."""

    columns: dict[int, list[int]] = field(default_factory=dict)
    jobs: dict[int, bool] = field(default_factory=dict)
    datasets: dict[int, bool] = field(default_factory=dict)

    def add(self, numbers: dict[int, bool], found: Iterable[int], certain: bool) -> None:
        """Take numbers in; what is certain stays so."""
        for number in found:
            numbers[number] = numbers.get(number, False) or certain


def impact(
    snapshot: Snapshot,
    namespace: str,
    name: str,
    column: str | None,
    change: Change,
    dashboards: Sequence[Dashboard],
    slos: Sequence[Slo],
) -> dict[str, Any]:
    """The answer as the API says it; raises ``NotFound``.

    ``certain`` is false where a pipeline reads the dataset but has not told which columns it uses.
    """
    asked = find(snapshot, namespace, name, column)
    starts = [asked.node] if asked.node is not None else snapshot.nodes_of(asked.entity)
    found = walk(snapshot.columns, starts, Direction.DOWNSTREAM, _AVOID[change])
    affected = _affected(snapshot, asked, starts, found)
    changed = {asked.entity: [*starts]} | affected.columns
    pipelines = [_pipeline(snapshot, job, sure) for job, sure in affected.jobs.items()]
    datasets = [
        _dataset(snapshot, entity, sure, affected, found) for entity, sure in affected.datasets.items()
    ]
    names = {pipeline["name"] for pipeline in pipelines}
    numbers = [*affected.jobs, *affected.datasets]
    return {
        "pipelines": sorted(pipelines, key=lambda each: (not each["certain"], *_order(each))),
        "datasets": sorted(
            datasets, key=lambda each: (not each["certain"], each["hops"] or 0, *_order(each))
        ),
        "dashboards": dashboards_at_risk(snapshot, changed, affected.datasets, names, dashboards),
        "models": sorted((each for each in datasets if each["model"]), key=_order),
        "owners": sorted({owner for number in numbers for owner in owners_of(snapshot, number)}),
        "slos": [_slo(slo) for slo in slos if slo.pipeline in names],
    }


def _affected(snapshot: Snapshot, asked: Asked, starts: Sequence[int], found: Walk) -> Affected:
    affected = Affected()
    touched = np.concatenate((np.array(starts, dtype=np.int32), found.nodes))
    affected.columns = by_dataset(snapshot, found.nodes.tolist())
    affected.add(affected.datasets, affected.columns, certain=True)
    affected.add(affected.jobs, _stating(snapshot, touched), certain=True)
    if asked.node is None:
        _follow(snapshot, affected, [asked.entity], certain=True)
    else:
        holders = {asked.entity, *affected.columns}
        reached = fed(snapshot, holders)
        for job in sorted(users(snapshot, holders) - {*affected.jobs}):
            silent = _silent_outputs(snapshot, job, reached)
            if silent is not None:
                affected.add(affected.jobs, [job], certain=False)
                affected.add(affected.datasets, silent, certain=False)
                _follow(snapshot, affected, silent, certain=False)
    affected.datasets.pop(asked.entity, None)
    return affected


def _stating(snapshot: Snapshot, nodes: np.ndarray) -> set[int]:
    """The jobs that have stated an edge from one of these nodes."""
    _, targets = edges_from(snapshot.columns, nodes, Direction.DOWNSTREAM)
    marked = np.zeros(snapshot.columns.nodes, dtype=np.bool_)
    marked[nodes] = True
    found = set()
    for entity in np.unique(snapshot.datasets_of(targets)).tolist():
        for job, sources in snapshot.stated.get(entity, ()):
            known = sources[sources < len(marked)]
            if snapshot.names.entities[job].kind is Kind.JOB and marked[known].any():
                found.add(job)
    return found


def _silent_outputs(snapshot: Snapshot, job: int, reached: Collection[int]) -> list[int] | None:
    """The reached outputs of a job whose columns it has not told; None where it has told all of several."""
    outputs = written(snapshot, job)
    silent = [e for e in outputs if not any(each.job == job for each in snapshot.stated.get(e, ()))]
    return None if outputs and not silent else [each for each in silent if each in reached]


def _follow(snapshot: Snapshot, affected: Affected, entities: Sequence[int], certain: bool) -> None:
    """Everything downstream of these datasets, by who reads and writes what."""
    if not entities:
        return
    kinds = snapshot.names.entities
    reached = walk(snapshot.flows, entities, Direction.DOWNSTREAM).nodes.tolist()
    affected.add(affected.jobs, (n for n in reached if kinds[n].kind is Kind.JOB), certain)
    affected.add(affected.datasets, (n for n in reached if kinds[n].kind is Kind.DATASET), certain)


def _pipeline(snapshot: Snapshot, job: int, certain: bool) -> dict[str, Any]:
    _, namespace, name = snapshot.names.entities[job]
    return {"namespace": namespace, "name": name, "owner": owner_of(snapshot, job), "certain": certain}


def _dataset(
    snapshot: Snapshot, entity: int, certain: bool, affected: Affected, found: Walk
) -> dict[str, Any]:
    _, namespace, name = snapshot.names.entities[entity]
    nodes = affected.columns.get(entity, [])
    path = found.path(nodes[0]) if nodes else []
    columns = sorted({snapshot.names.node_columns[node] for node in nodes} - {""})
    return {
        "namespace": namespace,
        "name": name,
        "columns": columns,
        "hops": len(path) - 1 if path else None,
        "path": [snapshot.names.place(node) for node in path],
        "owner": owner_of(snapshot, entity),
        "model": is_model(snapshot, entity),
        "certain": certain,
    }


def is_model(snapshot: Snapshot, entity: int) -> bool:
    """Whether a dataset is a machine-learning model: its datasetType says so, or where it lives."""
    namespace = snapshot.names.entities[entity].namespace.lower()
    return snapshot.told(entity, TYPE) == _MODEL or namespace.startswith(_MODEL_NAMESPACES)


def _slo(slo: Slo) -> dict[str, Any]:
    return {"id": slo.id, "name": slo.name, "pipeline": slo.pipeline, "team": slo.team}


def _order(item: dict[str, Any]) -> tuple[str, str]:
    return item["namespace"], item["name"]

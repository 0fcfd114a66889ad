"""Everything that is known about one dataset."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from almenara_platform.lineage.answers.asked import find_dataset
from almenara_platform.lineage.answers.labels import labels_of_dataset
from almenara_platform.lineage.answers.owners import owners_of, readers, writers
from almenara_platform.lineage.facts import Entity, Kind
from almenara_platform.lineage.facts.described import DESCRIPTION, SYMLINKS, TYPE
from almenara_platform.lineage.index import Snapshot
from almenara_platform.lineage.ledger.port import EdgeRecord, LineageLedger, SchemaVersion
from almenara_platform.lineage.ledger.reading import newest_first
from almenara_platform.runs.model import Column, DatasetRef, QualityResult, Run
from almenara_platform.store.port import LineageStore, RunQuery

RUNS_A_PIPELINE = 5
"""Of each pipeline that writes a dataset so many of its newest runs are looked at."""
Name = tuple[str, str]
"""Namespace and name."""


def about(snapshot: Snapshot, store: LineageStore, namespace: str, name: str) -> dict[str, Any]:
    """A dataset with its schema history, quality, runs, owners, labels and edges; raises ``NotFound``."""
    entity = find_dataset(snapshot, namespace, name)
    _, namespace, name = snapshot.names.entities[entity]
    called = _called(snapshot, entity)
    schemas = [_schema(version) for version in _versions(store.ledger, called)]
    runs = _runs(snapshot, store, entity)
    return {
        "namespace": namespace,
        "name": name,
        "type": snapshot.told(entity, TYPE) or None,
        "description": snapshot.told(entity, DESCRIPTION) or None,
        "owners": owners_of(snapshot, entity),
        "symlinks": snapshot.told(entity, SYMLINKS, []),
        "schema": schemas[0]["columns"] if schemas else [],
        "schemas": schemas,
        "labels": _labels(snapshot, entity),
        "written_by": _jobs(snapshot, writers(snapshot, entity)),
        "read_by": _jobs(snapshot, readers(snapshot, entity)),
        "runs": [_run(run) for run in runs],
        "quality": _quality(runs, called),
        "lineage": [_edge(edge) for each in called for edge in store.ledger.edges_into(*each)],
    }


def named_columns(snapshot: Snapshot, namespace: str, name: str) -> list[Column]:
    """The columns that anything told of a dataset, lineage too, by name; none of one that is not known."""
    entity = snapshot.entity(Entity(Kind.DATASET, namespace, name))
    nodes = [] if entity is None else snapshot.nodes_of(entity)
    names = (snapshot.names.node_columns[node] for node in nodes if not snapshot.names.is_whole(node))
    return [Column(each) for each in sorted(names)]


def _called(snapshot: Snapshot, entity: int) -> list[Name]:
    """Every name of a dataset, the one that stands for all first."""
    others = [number for number, standing in snapshot.names.canonical.items() if standing == entity]
    entities = (snapshot.names.entities[number] for number in (entity, *others))
    return [(namespace, name) for _, namespace, name in entities]


def _versions(ledger: LineageLedger, called: Iterable[Name]) -> list[SchemaVersion]:
    """The schemas told under any of the names, equal ones as one, the newest first."""
    found: dict[tuple[Column, ...], SchemaVersion] = {}
    for version in (version for each in called for version in ledger.schemas(*each)):
        same = found.get(version.columns, version)
        first, last = min(same.first_seen, version.first_seen), max(same.last_seen, version.last_seen)
        found[version.columns] = SchemaVersion(version.columns, first, last)
    return newest_first(list(found.values()))


def _schema(version: SchemaVersion) -> dict[str, Any]:
    columns = [{"name": c.name, "type": c.type, "description": c.description} for c in version.columns]
    return {"first_seen": version.first_seen, "last_seen": version.last_seen, "columns": columns}


def _labels(snapshot: Snapshot, entity: int) -> list[dict[str, str]]:
    return [
        {"column": snapshot.names.node_columns[node], "label": label, "origin": origin}
        for node, labels in sorted(labels_of_dataset(snapshot, entity).items())
        for label, origin in sorted(labels.items())
    ]


def _jobs(snapshot: Snapshot, jobs: Iterable[int]) -> list[dict[str, str]]:
    found = (snapshot.names.entities[job] for job in jobs)
    return [{"namespace": namespace, "name": name} for _, namespace, name in sorted(found)]


def _runs(snapshot: Snapshot, store: LineageStore, entity: int) -> list[Run]:
    """The newest runs of the pipelines that write the dataset and did so, the newest first."""
    found: list[Run] = []
    for job in writers(snapshot, entity):
        _, job_namespace, job_name = snapshot.names.entities[job]
        query = RunQuery(pipeline=job_name, namespace=job_namespace, limit=RUNS_A_PIPELINE)
        found += store.runs(query).items
    wrote = [run for run in found if any(_is(snapshot, entity, output) for output in run.outputs)]
    return sorted(wrote, key=lambda run: run.listed_at, reverse=True)


def _is(snapshot: Snapshot, entity: int, output: DatasetRef) -> bool:
    return snapshot.entity(Entity(Kind.DATASET, output.namespace, output.name)) == entity


def _run(run: Run) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "pipeline": run.pipeline,
        "state": run.state,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "duration_seconds": run.duration_seconds,
    }


def _quality(runs: Iterable[Run], called: Iterable[Name]) -> list[dict[str, Any]]:
    """What the newest run measured of the dataset; SDK and facets call it by its last or whole name."""
    names = {
        each
        for namespace, name in called
        for each in (name, name.rsplit(".", 1)[-1], name.rsplit("/", 1)[-1], f"{namespace}/{name}")
    }
    for run in runs:
        found = [result for result in run.quality if result.table in names]
        if found:
            return [_result(result) | {"run_id": run.run_id} for result in found]
    return []


def _result(result: QualityResult) -> dict[str, Any]:
    return {"check": result.check, "column": result.column, "value": result.value, "passed": result.passed}


def _edge(edge: EdgeRecord) -> dict[str, Any]:
    said = [
        {"subtype": subtype, "description": text, "masking": masking}
        for subtype, text, masking in edge.transformations
    ]
    return {
        "source": edge.source,
        "target": edge.target,
        "type": "INDIRECT" if edge.indirect else "DIRECT",
        "transformations": said,
        "pipeline": edge.job,
        "first_seen": edge.first_seen,
        "last_seen": edge.last_seen,
    }

"""Whose something is."""

from __future__ import annotations

import numpy as np

from almenara_platform.lineage.facts import Kind
from almenara_platform.lineage.facts.described import OWNERS
from almenara_platform.lineage.graph import Direction, edges_from
from almenara_platform.lineage.index import Snapshot


def owners_of(snapshot: Snapshot, entity: int) -> list[str]:
    """The owners of a dataset or job; a dataset without some belongs to those of the jobs that write it."""
    own = snapshot.told(entity, OWNERS, [])
    if own or snapshot.names.entities[entity].kind is not Kind.DATASET:
        return list(own)
    return sorted({name for job in writers(snapshot, entity) for name in snapshot.told(job, OWNERS, [])})


def owner_of(snapshot: Snapshot, entity: int) -> str | None:
    """The owners in one text, None where nobody is known."""
    return ", ".join(owners_of(snapshot, entity)) or None


def writers(snapshot: Snapshot, entity: int) -> list[int]:
    """The jobs that write a dataset."""
    return _neighbours(snapshot, entity, Direction.UPSTREAM, Kind.JOB)


def readers(snapshot: Snapshot, entity: int) -> list[int]:
    """The jobs that read a dataset."""
    return _neighbours(snapshot, entity, Direction.DOWNSTREAM, Kind.JOB)


def written(snapshot: Snapshot, job: int) -> list[int]:
    """The datasets that a job writes."""
    return _neighbours(snapshot, job, Direction.DOWNSTREAM, Kind.DATASET)


def _neighbours(snapshot: Snapshot, entity: int, direction: Direction, kind: Kind) -> list[int]:
    _, found = edges_from(snapshot.flows, np.array([entity], dtype=np.int32), direction)
    entities = snapshot.names.entities
    return [number for number in np.unique(found).tolist() if entities[number].kind is kind]

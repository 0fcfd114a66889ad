"""Whose something is."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from almenara_platform.lineage.facts import Entity, Kind
from almenara_platform.lineage.facts.described import OWNERS
from almenara_platform.lineage.graph import Direction, edges_from
from almenara_platform.lineage.index import Snapshot

_UP, _DOWN = Direction.UPSTREAM, Direction.DOWNSTREAM


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
    alone = (_as(snapshot, job, Kind.JOB) for job in _neighbours(snapshot, [entity], _UP, Kind.WRITER))
    found = (*_neighbours(snapshot, [entity], _UP, Kind.JOB), *alone)
    return sorted({job for job in found if job is not None})


def readers(snapshot: Snapshot, entity: int) -> list[int]:
    """The jobs that read a dataset."""
    return _neighbours(snapshot, [entity], _DOWN, Kind.JOB)


def users(snapshot: Snapshot, datasets: Iterable[int]) -> set[int]:
    """The jobs that read any of these datasets, and those that such a job hands over to."""
    found: set[int] = set()
    frontier = {*_neighbours(snapshot, datasets, _DOWN, Kind.JOB)}
    while frontier:
        found |= frontier
        over = _neighbours(snapshot, frontier, _DOWN, Kind.CHANNEL)
        frontier = {*_neighbours(snapshot, over, _DOWN, Kind.JOB)} - found
    return found


def written(snapshot: Snapshot, job: int) -> list[int]:
    """The datasets that a job writes."""
    sides = (job, _as(snapshot, job, Kind.WRITER))
    found = (_neighbours(snapshot, [each], _DOWN, Kind.DATASET) for each in sides if each is not None)
    return sorted({dataset for datasets in found for dataset in datasets})


def fed(snapshot: Snapshot, datasets: Iterable[int]) -> set[int]:
    """The datasets that these flow into, over a job, over jobs that hand over to one another, or without."""
    entities = snapshot.names.entities
    found: set[int] = set()
    frontier = {*datasets}
    while frontier:
        fresh = next_to(snapshot, frontier, _DOWN) - found
        found |= fresh
        frontier = {each for each in fresh if entities[each].kind is Kind.CHANNEL}
    return {each for each in found if entities[each].kind is Kind.DATASET}


def next_to(snapshot: Snapshot, numbers: Iterable[int], way: Direction) -> set[int]:
    """What is one hop from these datasets: over one job, or over whatever stands for one."""
    _, between = edges_from(snapshot.flows, np.fromiter(numbers, dtype=np.int32), way)
    _, found = edges_from(snapshot.flows, np.unique(between), way)
    return set(np.unique(found).tolist())


def _as(snapshot: Snapshot, job: int, kind: Kind) -> int | None:
    """The other side of a job."""
    _, namespace, name = snapshot.names.entities[job]
    return snapshot.entity(Entity(kind, namespace, name))


def _neighbours(snapshot: Snapshot, numbers: Iterable[int], direction: Direction, kind: Kind) -> list[int]:
    _, found = edges_from(snapshot.flows, np.fromiter(numbers, dtype=np.int32), direction)
    entities = snapshot.names.entities
    return [number for number in np.unique(found).tolist() if entities[number].kind is kind]

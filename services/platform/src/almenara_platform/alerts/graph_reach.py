"""What a pipeline's failure reaches, from the lineage graph in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from almenara_platform.alerts.model import UNKNOWN_REACH, Reach
from almenara_platform.lineage.answers.owners import owners_of, written
from almenara_platform.lineage.facts import Kind
from almenara_platform.lineage.graph import Direction, walk
from almenara_platform.lineage.index import LineageIndex, Snapshot


class GraphLineage:
    """A ``BlastRadius`` that follows who reads what was written, symlinks and explicit lineage included.

    Pipelines of one name in several namespaces count as one, as alerts know only the name.
    """

    def __init__(self, index: LineageIndex) -> None:
        self._index = index

    def of(self, pipeline: str) -> Reach:
        """Everything downstream of one pipeline."""
        snapshot = self._index.snapshot()
        return _reach(snapshot, pipeline, _jobs(snapshot).get(pipeline, ()))

    def all(self) -> dict[str, Reach]:
        """Everything downstream of each pipeline."""
        snapshot = self._index.snapshot()
        return {name: _reach(snapshot, name, jobs) for name, jobs in sorted(_jobs(snapshot).items())}


def _jobs(snapshot: Snapshot) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for number in range(snapshot.flows.nodes):
        entity = snapshot.names.entities[number]
        if entity.kind in (Kind.JOB, Kind.WRITER):
            found[entity.name].append(number)
    return found


def _reach(snapshot: Snapshot, pipeline: str, jobs: Sequence[int]) -> Reach:
    if not any(written(snapshot, job) for job in jobs):
        return UNKNOWN_REACH
    reached = walk(snapshot.flows, jobs, Direction.DOWNSTREAM).nodes.tolist()
    entities = [(number, snapshot.names.entities[number]) for number in reached]
    datasets = {f"{each.namespace}/{each.name}" for _, each in entities if each.kind is Kind.DATASET}
    readers = [(n, each) for n, each in entities if each.kind is Kind.JOB and each.name != pipeline]
    owners = {owner for number, _ in readers for owner in owners_of(snapshot, number)}
    return Reach(tuple(sorted(datasets)), tuple(sorted({e.name for _, e in readers})), tuple(sorted(owners)))

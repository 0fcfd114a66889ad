"""The facts of one validated event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import orjson

from almenara_platform.clock import parse_time, to_micros
from almenara_platform.lineage.facts.columns import EdgesInto, read_column_lineage
from almenara_platform.lineage.facts.described import SYMLINKS, read_registers, read_schema
from almenara_platform.lineage.facts.essence import REMEMBERED_BYTES, SIDES, essence
from almenara_platform.lineage.facts.explicit import read_dataset_lineage, read_job_lineage
from almenara_platform.lineage.facts.model import NOBODY, Entity, Facts, Kind, Told
from almenara_platform.runs import facets


def read(event: Mapping[str, Any]) -> Told:
    """Everything that a RunEvent, DatasetEvent or JobEvent says about the graph."""
    return Told(to_micros(parse_time(event["eventTime"])), facts_of(event, essence(event)))


def facts_of(event: Mapping[str, Any], packed: bytes) -> Facts:
    """What an event says apart from its time; ``packed`` is its essence."""
    return _known(packed) if len(packed) <= REMEMBERED_BYTES else _Reading(event).facts


@lru_cache(maxsize=2048)
def _known(packed: bytes) -> Facts:
    # Every run of a pipeline tells the same lineage.
    return _Reading(orjson.loads(packed)).facts


class _Reading:
    """One event being read; edges into a dataset gather from all facets that tell some."""

    def __init__(self, event: Mapping[str, Any]) -> None:
        self.facts = Facts()
        self._edges: dict[tuple[Entity, Entity], EdgesInto] = {}
        job = facets.mapping(event.get("job"))
        self._job = Entity(Kind.JOB, job["namespace"], job["name"]) if job else NOBODY
        if job:
            self._describe(self._job, job)
        for direction in SIDES:
            for dataset in facets.items(event.get(direction)):
                self._dataset(dataset, direction)
        if facets.mapping(event.get("dataset")):
            self._dataset(event["dataset"], "dataset")
        facet = facets.mapping(facets.mapping(job.get("facets")).get("lineage"))
        read_job_lineage(facet, self._job, self.facts, lambda target: self._into(self._job, target))
        self._state()

    def _dataset(self, dataset: Mapping[str, Any], direction: str) -> None:
        entity = Entity(Kind.DATASET, dataset["namespace"], dataset["name"])
        self._describe(entity, dataset)
        if self._job.kind is Kind.JOB and direction == "inputs":
            self.facts.flow(entity, self._job)
        elif self._job.kind is Kind.JOB and direction == "outputs":
            self.facts.flow(self._job, entity)
        # A job that only reads a dataset tells how others made it.
        into = self._into(self._job if direction == "outputs" else NOBODY, entity)
        described = facets.mapping(dataset.get("facets"))
        read_column_lineage(facets.mapping(described.get("columnLineage")), into)
        explicit = facets.mapping(described.get("lineage"))
        read_dataset_lineage(explicit, entity, self._job, self.facts, into)

    def _describe(self, entity: Entity, described: Mapping[str, Any]) -> None:
        self.facts.entities.add(entity)
        told = facets.mapping(described.get("facets"))
        for register, value in read_registers(told):
            self.facts.registers.append((entity, register, value))
            if register == SYMLINKS:
                self.facts.entities.update(_named(orjson.loads(value)))
        schema = read_schema(entity, told) if entity.kind is Kind.DATASET else None
        if schema:
            self.facts.schemas.append(schema)

    def _into(self, job: Entity, target: Entity) -> EdgesInto:
        return self._edges.setdefault((job, target), EdgesInto(target))

    def _state(self) -> None:
        for (job, target), into in self._edges.items():
            statement = into.statement(job)
            if statement:
                self.facts.entities.add(job)
                self.facts.statements.append(statement)
                self._flows(job, target, into.sources())

    def _flows(self, job: Entity, target: Entity, sources: set[Entity]) -> None:
        for source in sources:
            if job.kind is Kind.JOB:
                self.facts.flow(source, job)
                self.facts.flow(job, target)
            else:
                self.facts.flow_between(source, target)


def _named(names: Iterable[list[str]]) -> Iterator[Entity]:
    return (Entity(Kind.DATASET, namespace, name) for namespace, name in names)

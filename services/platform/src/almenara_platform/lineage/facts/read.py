"""The facts of one validated event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import orjson

from almenara_platform.clock import parse_time, to_micros
from almenara_platform.gateway.measured import SIDES
from almenara_platform.lineage.facts.columns import EdgesInto, read_column_lineage
from almenara_platform.lineage.facts.described import SYMLINKS, read_registers, read_schema
from almenara_platform.lineage.facts.essence import REMEMBERED_BYTES, essence
from almenara_platform.lineage.facts.explicit import JobLineage, read_dataset_lineage, tells
from almenara_platform.lineage.facts.model import NOBODY, Entity, Facts, Kind, Told, writer_of
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
        facet = facets.mapping(facets.standing(job.get("facets")).get("lineage"))
        self._lineage = JobLineage(facet, self._job)
        self._covered: set[Entity] = set()
        if job:
            self._describe(self._job, job)
        for direction in SIDES:
            for dataset in facets.items(event.get(direction)):
                self._dataset(dataset, direction)
        if facets.mapping(event.get("dataset")):
            self._dataset(event["dataset"], "dataset")
        self._lineage.read(self.facts, lambda target: self._into(self._job, target))
        self._state()

    def _dataset(self, dataset: Mapping[str, Any], direction: str) -> None:
        entity = Entity(Kind.DATASET, dataset["namespace"], dataset["name"])
        self._describe(entity, dataset)
        described = facets.standing(dataset.get("facets"))
        explicit = facets.mapping(described.get("lineage"))
        # A job that only reads a dataset tells how others made it.
        maker = self._job if direction == "outputs" else NOBODY
        if self._job.kind is Kind.JOB and direction == "inputs":
            self.facts.flow(entity, self._job)
        elif maker.kind is Kind.JOB:
            if tells(explicit):
                self._covered.add(entity)
            self.facts.flow(writer_of(maker) if self._is_covered(entity) else maker, entity)
        into = self._into(maker, entity)
        told = bool(facets.mapping(explicit.get("fields")))
        if not told and not (maker == self._job and self._lineage.tells_columns(entity)):
            read_column_lineage(facets.mapping(described.get("columnLineage")), into)
        read_dataset_lineage(explicit, entity, maker, self.facts, into)

    def _describe(self, entity: Entity, described: Mapping[str, Any]) -> None:
        self.facts.entities.add(entity)
        told = facets.standing(described.get("facets"))
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
            if job.kind is Kind.JOB and not self._is_covered(target):
                self.facts.flow(source, job)
                self.facts.flow(job, target)
            else:
                self.facts.flow_past(job, source, target)

    def _is_covered(self, target: Entity) -> bool:
        """Whether explicit lineage alone says what flows into a dataset that the job writes."""
        return target in self._covered or self._lineage.covers(target)


def _named(names: Iterable[list[str]]) -> Iterator[Entity]:
    return (Entity(Kind.DATASET, namespace, name) for namespace, name in names)

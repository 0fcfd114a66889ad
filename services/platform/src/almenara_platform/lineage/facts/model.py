"""The words in which an event speaks about the graph.

Facts of several events merge in any order: times are minima and maxima, and of two values for the same thing
the one with the greater event time stays (at equal times the greater text).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

WHOLE = ""
"""Stands for a column where the dataset as a whole is meant."""


class Kind(StrEnum):
    """What a node of the dataset-level graph is.

    Data flows from datasets into jobs and from jobs into datasets. What flows without a job passes the INFLOW
    of the dataset it reaches, and what flows from job to job passes a CHANNEL, so that there are always two
    steps from dataset to dataset. A job that tells itself what flows into what it writes does so as WRITER,
    into which nothing flows: else each of its inputs would lead to each of its outputs.
    """

    DATASET = "dataset"
    JOB = "job"
    WRITER = "writer"
    INFLOW = "inflow"
    CHANNEL = "channel"
    NOBODY = "nobody"


class Entity(NamedTuple):
    """A node of the dataset-level graph by its name."""

    kind: Kind
    namespace: str
    name: str


NOBODY = Entity(Kind.NOBODY, "", "")
"""Says what no job says: events about a dataset alone."""


def writer_of(job: Entity) -> Entity:
    """The job as the one that writes what it tells itself the sources of."""
    return Entity(Kind.WRITER, job.namespace, job.name)


class ColumnEdge(NamedTuple):
    """A column of ``source`` leads to ``target_column`` (``WHOLE`` for the whole target).

    ``content`` is JSON: [indirect, [[subtype, description, masking], ...]], masking null where not told.
    """

    source: Entity
    source_column: str
    target_column: str
    content: str

    @property
    def indirect(self) -> bool:
        """Whether the source decides about the target without its values being in it."""
        return is_indirect(self.content)


def is_indirect(content: str) -> bool:
    """Whether the content of an edge is that of an indirect one."""
    return content[1] == "1"


@dataclass(frozen=True, slots=True)
class Statement:
    """Everything that one event of ``job`` says about where the columns of ``target`` come from."""

    job: Entity
    target: Entity
    digest: str
    edges: tuple[ColumnEdge, ...]

    def entities(self) -> set[Entity]:
        """Everything that it names."""
        return {self.job, self.target, *(edge.source for edge in self.edges)}


@dataclass(frozen=True, slots=True)
class Schema:
    """A version of a dataset's columns; ``columns`` is JSON: [[name, type, description], ...]."""

    dataset: Entity
    digest: str
    columns: bytes
    names: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Facts:
    """What an event says, apart from its time; compared by identity, and not changed once it is read."""

    entities: set[Entity] = field(default_factory=set)
    flows: set[tuple[Entity, Entity]] = field(default_factory=set)
    statements: list[Statement] = field(default_factory=list)
    schemas: list[Schema] = field(default_factory=list)
    registers: list[tuple[Entity, str, bytes]] = field(default_factory=list)

    def flow(self, source: Entity, target: Entity) -> None:
        """Data flows from a source to a target; a job stands on at least one side."""
        self.entities.update((source, target))
        self.flows.add((source, target))

    def flow_between(self, source: Entity, target: Entity) -> None:
        """Data flows between two datasets, or two jobs, nobody knows through what."""
        kind = Kind.INFLOW if target.kind is Kind.DATASET else Kind.CHANNEL
        between = Entity(kind, target.namespace, target.name)
        self.flow(source, between)
        self.flow(between, target)

    def flow_past(self, job: Entity, source: Entity, target: Entity) -> None:
        """A job, NOBODY where it is not told, moves data from this source alone into a dataset."""
        self.flow_between(source, target)
        if job.kind is Kind.JOB:
            self.flow(source, job)
            self.flow(writer_of(job), target)


class Told(NamedTuple):
    """What one event says; ``time`` is microseconds since the epoch. Events may share their facts."""

    time: int
    facts: Facts

"""The port of the ledger: the graph as it is stored, and who is told when it grows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from almenara_platform.lineage.facts import Entity
from almenara_platform.runs.model import Column

NewEdge = tuple[int, int, str]
"""Source node, target node, content."""


@dataclass(slots=True)
class Delta:
    """What a transaction added. Numbers of entities and nodes follow those before without gaps.

    ``nodes`` are (number, entity, column); ``statements`` are (job, target) with the edges that are new or
    changed; ``replaced`` are the (former, new) contents of changed edges. ``revision`` is the graph's.
    """

    entities: list[tuple[int, Entity]] = field(default_factory=list)
    nodes: list[tuple[int, int, str]] = field(default_factory=list)
    statements: list[tuple[int, int, list[NewEdge]]] = field(default_factory=list)
    replaced: list[tuple[str, str]] = field(default_factory=list)
    flows: list[tuple[int, int]] = field(default_factory=list)
    registers: list[tuple[int, str, bytes]] = field(default_factory=list)
    revision: int = 0

    def __bool__(self) -> bool:
        return any((self.entities, self.nodes, self.statements, self.flows, self.registers))


@dataclass(frozen=True, slots=True)
class Contents:
    """The whole graph. Entities and nodes are listed by their numbers, from 0 without gaps.

    ``statements`` are (job, target, contents as a JSON list, number of cells); ``cells`` are the cells of all
    statements one after the other, each with the place of its content in its own statement's list.
    """

    entities: Sequence[Entity]
    node_entities: NDArray[np.int32]
    node_columns: Sequence[str]
    statements: Sequence[tuple[int, int, bytes, int]]
    cells: NDArray[np.void]
    flows: NDArray[np.int32]
    registers: Sequence[tuple[int, str, bytes]]
    revision: int = 0


@dataclass(frozen=True, slots=True)
class EdgeRecord:
    """An edge with everything that is known of it; ``column`` is None for a whole dataset.

    ``transformations`` are (subtype, description, masking); ``job`` is None where no job said it.
    """

    source: tuple[str, str, str | None]
    target: tuple[str, str, str | None]
    job: tuple[str, str] | None
    indirect: bool
    transformations: tuple[tuple[str | None, str | None, bool | None], ...]
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class SchemaVersion:
    """The columns that a dataset had from the first to the last time they were seen."""

    columns: tuple[Column, ...]
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class FlowRecord:
    """Data flows from one entity to another."""

    source: Entity
    target: Entity
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True, order=True)
class Label:
    """A label that somebody has put on a column, or on a whole dataset (column "")."""

    namespace: str
    name: str
    column: str
    label: str


Listener = Callable[[Delta], None]


class LineageLedger(Protocol):
    """What events said about the graph. It does not depend on their order, and retention leaves it alone.

    Every method may be called from any thread; unreadable storage raises ``StoreUnavailable``.
    """

    def contents(self) -> Contents:
        """The whole graph at one moment."""

    def revision(self) -> int:
        """How many commits have changed the graph; those of other processes on the same storage count."""

    def listen(self, listener: Listener) -> None:
        """Call ``listener`` after each commit of this process, in order, from the thread that wrote."""

    def edges_into(self, namespace: str, name: str) -> Sequence[EdgeRecord]:
        """The edges into a dataset's columns and into the whole of it, sorted by target and source."""

    def flows_of(self, namespace: str, name: str) -> Sequence[FlowRecord]:
        """What flows into a dataset and out of it."""

    def schemas(self, namespace: str, name: str) -> Sequence[SchemaVersion]:
        """Every version of a dataset's columns, the newest first."""

    def descriptions(self, namespace: str, name: str) -> Mapping[str, object]:
        """What facets told last about a dataset: owners, description, type, tags, symlinks."""

    def labels(self) -> Sequence[Label]:
        """Labels that were put by hand, sorted."""

    def put_label(self, label: Label) -> None:
        """Keep a label; one that is there stays."""

    def remove_label(self, label: Label) -> bool:
        """Remove a label; False where there was none."""

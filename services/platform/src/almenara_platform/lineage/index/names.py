"""Names of entities and columns by number and back; only ever appended to, so that readers need no lock."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from almenara_platform.lineage.facts import Entity
from almenara_platform.lineage.facts.model import WHOLE

Ints = NDArray[np.int32]


class Names:
    """What the numbers of the graph mean.

    Datasets that symlinks make one are one here: ``canonical`` leads from the number of each to the number of
    the one that stands for all, and a column of theirs has one node.
    """

    def __init__(self, entities: Iterable[Entity] = ()) -> None:
        self.entities: list[Entity] = list(entities)
        # Each by itself as well: they lie far apart in memory, and an answer takes a step less to each.
        self.entity_namespaces: list[str] = [entity.namespace for entity in self.entities]
        self.entity_names: list[str] = [entity.name for entity in self.entities]
        self.numbers: dict[Entity, int] = {entity: number for number, entity in enumerate(self.entities)}
        self.canonical: dict[int, int] = {}
        self._aliased: set[int] = set()
        self.node_entities: array[int] = array("i")
        self.node_columns: list[str] = []
        self.same_nodes: dict[int, int] = {}
        self.whole_nodes: dict[int, int] = {}
        self._order: Ints = np.empty(0, dtype=np.int32)
        self._offsets: Ints = np.zeros(1, dtype=np.int32)
        self._later: dict[int, list[int]] = defaultdict(list)

    def entity(self, entity: Entity) -> int | None:
        """The number that stands for an entity, None for an unknown one."""
        number = self.numbers.get(entity)
        return None if number is None else self.canonical.get(number, number)

    def nodes_of(self, entity: int) -> list[int]:
        """The nodes of a canonical entity's columns, and of the whole of it where there is one."""
        later = self._later.get(entity, [])
        if entity + 1 >= len(self._offsets):
            return list(later)
        return [*self._order[self._offsets[entity] : self._offsets[entity + 1]].tolist(), *later]

    def node(self, entity: int, column: str) -> int | None:
        """The node of a column."""
        return next((node for node in self.nodes_of(entity) if self.node_columns[node] == column), None)

    def place(self, node: int) -> tuple[str, str, str | None]:
        """Namespace, name and column of a node; the column is None for the whole dataset."""
        _, namespace, name = self.entities[self.node_entities[node]]
        return namespace, name, self.node_columns[node] or None

    def places(self, nodes: Iterable[int]) -> list[tuple[str, str, str | None]]:
        """The place of each node."""
        entities, owners, columns = self.entities, self.node_entities, self.node_columns
        return [
            (owner.namespace, owner.name, columns[node] or None)
            for node in nodes
            for owner in (entities[owners[node]],)
        ]

    def is_whole(self, node: int) -> bool:
        """Whether a node stands for a dataset as a whole."""
        return self.node_columns[node] == WHOLE

    def load_nodes(self, entities: Ints, columns: Sequence[str]) -> None:
        """The first nodes, all at once; entities are as stored, before symlinks."""
        known: dict[str, str] = {}
        self.node_columns = [known.setdefault(column, column) for column in columns]
        mapped = self._canonical_numbers()[entities] if len(entities) else entities
        self.node_entities = array("i", mapped.astype(np.int32).tobytes())
        self._unite(entities, mapped)
        single = np.ones(len(mapped), dtype=np.bool_)
        single[list(self.same_nodes)] = False
        kept = np.flatnonzero(single).astype(np.int32)
        owners = mapped[kept]
        self._order = kept[np.argsort(owners, kind="stable")]
        self._offsets = np.zeros(len(self.entities) + 1, dtype=np.int32)
        np.cumsum(np.bincount(owners, minlength=len(self.entities)), out=self._offsets[1:])
        wholes = (node for node, column in enumerate(self.node_columns) if column == WHOLE)
        self.whole_nodes = {self.node_entities[n]: n for n in wholes if n not in self.same_nodes}

    def unite(self, number: int, canonical: int) -> None:
        """Let ``canonical`` stand for a dataset that has no nodes yet."""
        self.canonical[number] = canonical
        self._aliased.add(canonical)

    def add_entity(self, number: int, entity: Entity) -> None:
        """The next entity."""
        assert number == len(self.entities)
        self.entities.append(entity)
        self.entity_namespaces.append(entity.namespace)
        self.entity_names.append(entity.name)
        self.numbers[entity] = number

    def add_node(self, number: int, entity: int, column: str) -> int:
        """The next node; returns the node that stands for it."""
        assert number == len(self.node_columns)
        canonical = self.canonical.get(entity, entity)
        same = self.node(canonical, column) if canonical in self._aliased else None
        self.node_entities.append(canonical)
        self.node_columns.append(column)
        if same is None:
            self._later[canonical].append(number)
            if column == WHOLE:
                self.whole_nodes[canonical] = number
            return number
        self.same_nodes[number] = same
        return same

    def _canonical_numbers(self) -> Ints:
        numbers = np.arange(len(self.entities), dtype=np.int32)
        for number, canonical in self.canonical.items():
            numbers[number] = canonical
        return numbers

    def _unite(self, entities: Ints, mapped: Ints) -> None:
        shared = np.isin(mapped, np.unique(mapped[entities != mapped])) if len(mapped) else mapped
        first: dict[tuple[int, str], int] = {}
        for node in np.flatnonzero(shared).tolist():
            standing = first.setdefault((int(mapped[node]), self.node_columns[node]), node)
            if standing != node:
                self.same_nodes[node] = standing

"""What one answer reads from its first to its last line: the graph after a whole commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from almenara_platform.lineage.facts import Entity
from almenara_platform.lineage.graph import View
from almenara_platform.lineage.index.names import Names
from almenara_platform.lineage.ledger.port import Label


class Stated(NamedTuple):
    """The source nodes of the edges that a job has stated about some dataset."""

    job: int
    sources: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Views of both graphs that never change, and names that are only appended to.

    ``columns`` is the graph of column nodes, ``flows`` the one of entities; ``stated`` are the statements
    about each entity; ``patterned`` are the nodes that patterns give a label; ``labels`` were put by hand.
    """

    names: Names
    columns: View
    flows: View
    stated: Mapping[int, Sequence[Stated]]
    registers: Mapping[tuple[int, str], bytes]
    patterned: Mapping[str, Sequence[int]]
    labels: Sequence[Label]

    def entity(self, entity: Entity) -> int | None:
        """The number that stands for an entity, None for one that is not known."""
        number = self.names.entity(entity)
        return number if number is not None and number < self.flows.nodes else None

    def nodes_of(self, entity: int) -> list[int]:
        """The nodes of an entity's columns, and of the whole of it where there is one."""
        return [node for node in self.names.nodes_of(entity) if node < self.columns.nodes]

    def node(self, entity: int, column: str) -> int | None:
        """The node of a column, None for one that is not known."""
        found = self.names.node(entity, column)
        return found if found is not None and found < self.columns.nodes else None

    def dataset_of(self, node: int) -> int:
        """The entity whose column a node is."""
        return self.names.node_entities[node]

    def datasets_of(self, nodes: NDArray[np.int32]) -> NDArray[np.int32]:
        """The entity of each node."""
        # Not a view on the numbers: an array that is looked into cannot grow.
        owners = self.names.node_entities
        return np.fromiter((owners[node] for node in nodes.tolist()), dtype=np.int32, count=len(nodes))

    def told(self, entity: int, register: str, default: Any = None) -> Any:
        """What facets told last about an entity."""
        value = self.registers.get((entity, register))
        return default if value is None else orjson.loads(value)

"""One build of the graph in memory, and how it grows with each commit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import orjson
from numpy.typing import NDArray

from almenara_platform.lineage.facts import Entity, Kind
from almenara_platform.lineage.facts.described import SYMLINKS
from almenara_platform.lineage.graph import EdgeFlag, EdgeList, Graph
from almenara_platform.lineage.hand_over import hand_over_to
from almenara_platform.lineage.index.names import Names
from almenara_platform.lineage.index.snapshot import Stated
from almenara_platform.lineage.index.symlinks import united
from almenara_platform.lineage.ledger.port import Contents, Delta
from almenara_platform.lineage.rules import Rules

Ints = NDArray[np.int32]

_CONTENTS_KEPT = 100_000


class State:
    """Names, the graph of columns, the graph of datasets and jobs, and what is told about them."""

    def __init__(self, contents: Contents, rules: Rules) -> None:
        self.rules = rules
        self.revision = contents.revision
        self._flags_of: dict[str, int] = {}
        self.registers: dict[tuple[int, str], bytes] = {(e, name): v for e, name, v in contents.registers}
        self.names = Names(map(_shown, contents.entities))
        self._unite()
        self.names.load_nodes(contents.node_entities, contents.node_columns)
        self.stated: dict[int, list[Stated]] = defaultdict(list)
        self.patterned: dict[str, list[int]] = defaultdict(list)
        self.columns = Graph(self._load_edges(contents), len(contents.node_columns))
        self.flows = Graph(self._load_flows(contents.flows), len(contents.entities))
        for node in range(len(contents.node_columns)):
            self._label(node)

    def follows(self, delta: Delta) -> bool:
        """Whether nobody else has changed the graph since this state."""
        return delta.revision <= self.revision + 1

    def fits(self, delta: Delta) -> bool:
        """Whether the delta can be appended; else the graph must be built anew.

        An edge that lets less through than before cannot be appended, and neither can symlinks that unite
        datasets which are both known already.
        """
        loosened = all(self._flags(new) & ~self._flags(old) == 0 for old, new in delta.replaced)
        return loosened and self._new_names(delta) is not None

    def append(self, delta: Delta) -> None:
        """Take a delta in; one that was taken in before changes nothing."""
        if delta.revision <= self.revision:
            return
        known_entities, known_nodes = len(self.names.entities), len(self.names.node_columns)
        for number, entity in delta.entities:
            if number >= known_entities:
                self.names.add_entity(number, _shown(entity))
        for alias, bearer in (self._new_names(delta, known_entities) or {}).items():
            self.names.unite(alias, bearer)
        edges: list[tuple[int, int, int]] = []
        for number, owner, column in delta.nodes:
            if number >= known_nodes:
                self.names.add_node(number, owner, column)
                self._label(number)
                edges += self._memberships(number)
        for job, target, found in delta.statements:
            edges += [self._edge(*edge) for edge in found]
            sources = np.array([self._node(source) for source, _, _ in found], dtype=np.int32)
            self.stated[self._entity(target)].append(Stated(job, sources))
        self.registers.update({(entity, name): value for entity, name, value in delta.registers})
        if edges or delta.nodes:
            self.columns.append(edges, len(self.names.node_columns))
        if delta.flows or delta.entities:
            flows = [(self._entity(source), self._entity(target), 0) for source, target in delta.flows]
            self.flows.append(flows, len(self.names.entities))
        self.revision = delta.revision

    def _unite(self) -> None:
        links = {
            self.names.entities[entity]: list(_named(value))
            for (entity, name), value in self.registers.items()
            if name == SYMLINKS
        }
        numbers = self.names.numbers
        for other, chosen in united(links).items():
            self.names.unite(numbers[other], numbers[chosen])

    def _new_names(self, delta: Delta, known: int | None = None) -> dict[int, int] | None:
        """Names that a delta gives to datasets, by number; None where they unite what was known before."""
        known = len(self.names.entities) if known is None else known
        numbers = {entity: number for number, entity in delta.entities}
        told = [(e, value) for e, name, value in delta.registers if name == SYMLINKS]
        news = {e: value for e, value in told if self.registers.get((e, SYMLINKS)) != value}
        found: dict[int, int] = {}
        for bearer, value in news.items():
            for other in _named(value):
                alias = numbers.get(other, -1)
                if alias < known or alias in found or alias in news or bearer in self.names.canonical:
                    return None
                found[alias] = bearer
            if (bearer, SYMLINKS) in self.registers:
                return None
        return found

    def _load_edges(self, contents: Contents) -> EdgeList:
        same = np.arange(len(contents.node_columns), dtype=np.int32)
        for node, standing in self.names.same_nodes.items():
            same[node] = standing
        sources, targets = same[contents.cells["source"]], same[contents.cells["target"]]
        flags = self._load_flags(contents)
        bounds = np.cumsum([count for *_, count in contents.statements])[:-1]
        for (job, target, _, _), part in zip(contents.statements, _split(sources, bounds), strict=True):
            self.stated[self._entity(target)].append(Stated(job, part))
        members = EdgeList.of(
            [edge for node in self.names.whole_nodes.values() for edge in self._memberships(node)]
        )
        return EdgeList(sources, targets, flags).joined(members)

    def _load_flags(self, contents: Contents) -> NDArray[np.uint8]:
        """A content occurs in many statements, mostly in the same company."""
        known: dict[bytes, NDArray[np.uint8]] = {}
        parts, starts, start = [], [], 0
        for _, _, listed, _ in contents.statements:
            flags = known.get(listed)
            if flags is None:
                flags = np.array([self._flags(content) for content in orjson.loads(listed)], dtype=np.uint8)
                known[listed] = flags
            parts.append(flags)
            starts.append(start)
            start += len(flags)
        if not parts:
            return np.empty(0, dtype=np.uint8)
        counts = [count for *_, count in contents.statements]
        places = np.repeat(np.array(starts, dtype=np.int64), counts) + contents.cells["content"]
        return np.concatenate(parts)[places]

    def _load_flows(self, flows: Ints) -> EdgeList:
        canonical = np.arange(len(self.names.entities), dtype=np.int32)
        for number, standing in self.names.canonical.items():
            canonical[number] = standing
        ends = canonical[flows]
        return EdgeList(ends[:, 0].copy(), ends[:, 1].copy(), np.zeros(len(ends), dtype=np.uint8))

    def _memberships(self, node: int) -> Iterator[tuple[int, int, int]]:
        """What decides about a whole dataset decides about each of its columns."""
        if node in self.names.same_nodes:
            return
        owner = self.names.node_entities[node]
        if self.names.is_whole(node):
            others = (other for other in self.names.nodes_of(owner) if other != node)
            yield from ((node, other, int(EdgeFlag.INDIRECT)) for other in others)
        elif owner in self.names.whole_nodes:
            yield self.names.whole_nodes[owner], node, int(EdgeFlag.INDIRECT)

    def _label(self, node: int) -> None:
        column = self.names.node_columns[node]
        if self.rules.patterns and node not in self.names.same_nodes:
            _, namespace, name = self.names.entities[self.names.node_entities[node]]
            for label in self.rules.labels(namespace, name, column):
                self.patterned[label].append(node)

    def _edge(self, source: int, target: int, content: str) -> tuple[int, int, int]:
        return self._node(source), self._node(target), self._flags(content)

    def _node(self, node: int) -> int:
        return self.names.same_nodes.get(node, node)

    def _entity(self, entity: int) -> int:
        return self.names.canonical.get(entity, entity)

    def _flags(self, content: str) -> int:
        known = self._flags_of.get(content)
        if known is None:
            if len(self._flags_of) >= _CONTENTS_KEPT:
                self._flags_of.clear()
            known = self._flags_of[content] = int(self.rules.flags(content))
        return known


def _shown(entity: Entity) -> Entity:
    """An entity as answers call it; a CHANNEL is stored by the name of the job that takes over."""
    return entity._replace(name=hand_over_to(entity.name)) if entity.kind is Kind.CHANNEL else entity


def _named(value: bytes) -> Iterator[Entity]:
    return (Entity(Kind.DATASET, namespace, name) for namespace, name in orjson.loads(value))


def _split(values: Ints, bounds: Sequence[int] | NDArray[np.int64]) -> list[Ints]:
    return np.split(values, bounds) if len(values) or len(bounds) else []

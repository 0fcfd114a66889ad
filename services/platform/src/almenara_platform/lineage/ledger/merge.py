"""How facts become the ledger's rows: the same for rows in memory and rows of a transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain

from almenara_platform.lineage.facts import Entity, Facts, Statement
from almenara_platform.lineage.ledger.cells import Span, Stated, Version
from almenara_platform.lineage.ledger.port import Delta

Pair = tuple[int, int]


class Rows:
    """Rows by their keys. An adapter over a database loads what is asked for before it is looked at.

    ``changed_*`` are the keys of rows to write back.
    """

    def __init__(self) -> None:
        self.entities: dict[Entity, int] = {}
        self.columns: dict[tuple[int, str], int] = {}
        self.flows: dict[Pair, Span] = {}
        self.registers: dict[tuple[int, str], tuple[int, bytes]] = {}
        self.schemas: dict[tuple[int, str], Version] = {}
        self.statements: dict[Pair, Stated] = {}
        self.changed_flows: set[Pair] = set()
        self.changed_registers: set[tuple[int, str]] = set()
        self.changed_schemas: set[tuple[int, str]] = set()
        self.seen_statements: set[Pair] = set()
        self.changed_statements: set[Pair] = set()

    def entity_count(self) -> int:
        """How many entities there are."""
        return len(self.entities)

    def column_count(self) -> int:
        """How many columns there are."""
        return len(self.columns)

    def load_entities(self, names: Collection[Entity]) -> None:
        """Have these in ``entities`` if they exist; the other ``load_*`` do the same for their rows."""

    def load_columns(self, entities: Collection[int]) -> None:
        """Have all columns of these entities in ``columns``."""

    def load_flows(self, keys: Collection[Pair]) -> None:
        """Have these in ``flows``."""

    def load_registers(self, entities: Collection[int]) -> None:
        """Have all registers of these entities in ``registers``."""

    def load_schemas(self, keys: Collection[tuple[int, str]]) -> None:
        """Have these in ``schemas``."""

    def load_statements(self, keys: Collection[Pair]) -> None:
        """Have these in ``statements``, their cells left out."""

    def load_cells(self, keys: Collection[Pair]) -> None:
        """Have the cells of these statements."""


def merge(rows: Rows, told: Sequence[Facts]) -> Delta:
    """Merge what events told into the rows; returns what is new to the graph."""
    return _Merge(rows, told).delta


class _Merge:
    """One batch of facts on its way into the rows."""

    def __init__(self, rows: Rows, told: Sequence[Facts]) -> None:
        self.delta = Delta()
        self._rows = rows
        self._told = told
        self._entities()
        self._flows()
        self._registers()
        fresh = self._schemas()
        novel = self._statements()
        self._columns(chain(fresh, self._named(statement for _, statement in novel.values())))
        self._edges(novel)

    def id(self, entity: Entity) -> int:
        """The number of an entity."""
        return self._rows.entities[entity]

    def _entities(self) -> None:
        names = set().union(*(facts.entities for facts in self._told))
        self._rows.load_entities(names)
        following = self._rows.entity_count()
        for entity in sorted(names - self._rows.entities.keys()):
            self._rows.entities[entity] = following
            self.delta.entities.append((following, entity))
            following += 1

    def _flows(self) -> None:
        keyed = [((self.id(s), self.id(t)), facts.time) for facts in self._told for s, t in facts.flows]
        self._rows.load_flows({key for key, _ in keyed})
        for key, time in keyed:
            known = self._rows.flows.get(key)
            if known is None:
                self._rows.flows[key] = Span(time, time)
                self.delta.flows.append(key)
            else:
                known.see(time)
            self._rows.changed_flows.add(key)

    def _registers(self) -> None:
        said = [
            ((self.id(entity), name), (facts.time, value))
            for facts in self._told
            for entity, name, value in facts.registers
        ]
        self._rows.load_registers({key[0] for key, _ in said})
        for key, offered in said:
            known = self._rows.registers.get(key)
            if known is None or offered > known:
                self._rows.registers[key] = offered
                self._rows.changed_registers.add(key)
                if known is None or known[1] != offered[1]:
                    self.delta.registers.append((*key, offered[1]))

    def _schemas(self) -> list[tuple[int, str]]:
        """See every schema; returns the columns of versions that were not known."""
        keyed = [
            ((self.id(schema.dataset), schema.digest), schema, facts.time)
            for facts in self._told
            for schema in facts.schemas
        ]
        self._rows.load_schemas({key for key, _, _ in keyed})
        columns = []
        for key, schema, time in keyed:
            known = self._rows.schemas.get(key)
            if known is None:
                known = self._rows.schemas[key] = Version(schema.columns, Span(time, time))
                columns += [(key[0], name) for name in schema.names]
            known.seen.see(time)
            self._rows.changed_schemas.add(key)
        return columns

    def _statements(self) -> dict[tuple[Pair, str], tuple[list[int], Statement]]:
        """See every statement; returns versions other than the newest known, each with its times."""
        keyed = [
            ((self.id(each.job), self.id(each.target)), each, facts.time)
            for facts in self._told
            for each in facts.statements
        ]
        self._rows.load_statements({key for key, _, _ in keyed})
        novel: dict[tuple[Pair, str], tuple[list[int], Statement]] = {}
        for key, statement, time in keyed:
            known = self._rows.statements.get(key)
            if known is not None and known.repeats(statement.digest):
                known.see(time)
                self._rows.seen_statements.add(key)
            else:
                novel.setdefault((key, statement.digest), ([], statement))[0].append(time)
        return novel

    def _named(self, statements: Iterable[Statement]) -> Iterator[tuple[int, str]]:
        for statement in statements:
            target = self.id(statement.target)
            for edge in statement.edges:
                yield self.id(edge.source), edge.source_column
                yield target, edge.target_column

    def _columns(self, wanted: Iterable[tuple[int, str]]) -> None:
        keys = dict.fromkeys(wanted)
        self._rows.load_columns({entity for entity, _ in keys})
        following = self._rows.column_count()
        for key in keys:
            if key not in self._rows.columns:
                self._rows.columns[key] = following
                self.delta.nodes.append((following, *key))
                following += 1

    def _edges(self, novel: dict[tuple[Pair, str], tuple[list[int], Statement]]) -> None:
        self._rows.load_cells({key for key, _ in novel})
        columns = self._rows.columns
        for (key, digest), (times, statement) in novel.items():
            stated = self._rows.statements.setdefault(key, Stated())
            edges = [
                (
                    columns[self.id(edge.source), edge.source_column],
                    columns[key[1], edge.target_column],
                    edge.content,
                )
                for edge in statement.edges
            ]
            # The earliest and the latest sight say all that the others would.
            changes = [
                change for time in {min(times), max(times)} for change in stated.merge(digest, time, edges)
            ]
            self._rows.changed_statements.add(key)
            if changes:
                found = [(change.source, change.target, change.content) for change in changes]
                self.delta.statements.append((*key, found))
                self.delta.replaced += [(c.before, c.content) for c in changes if c.before is not None]

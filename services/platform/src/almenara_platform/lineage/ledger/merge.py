"""How facts become the ledger's rows: the same for rows in memory and rows of a transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from almenara_platform.lineage.facts import Entity, Facts, Statement, Told
from almenara_platform.lineage.facts.model import Schema
from almenara_platform.lineage.ledger.cells import Span, Stated, Version
from almenara_platform.lineage.ledger.known import Keys, Pair, SchemaKey
from almenara_platform.lineage.ledger.port import Delta
from almenara_platform.lineage.ledger.rows import Rows

_Seen = list[tuple[Keys, Span]]
_Novel = dict[tuple[Pair, str], tuple[Span, Statement]]


def merge(rows: Rows, told: Sequence[Told]) -> Delta:
    """Merge what events told into the rows; returns what is new to the graph."""
    return _Merge(rows, told).delta


class _Merge:
    """One batch of facts on its way into the rows."""

    def __init__(self, rows: Rows, told: Sequence[Told]) -> None:
        self.delta = Delta()
        self._rows = rows
        seen = [(facts, rows.known.keys(facts), span) for facts, span in _spans(told)]
        others = [(facts, span) for facts, keys, span in seen if keys is None]
        again = [(keys, span) for _, keys, span in seen if keys is not None]
        self._entities({entity for facts, _ in others for entity in facts.entities})
        looked_for = [(self._keys(facts), span) for facts, span in others]
        self._flows(looked_for)
        fresh = self._schemas(looked_for)
        self._see(again)
        self._registers(looked_for + again)
        novel = self._statements(looked_for + again)
        self._columns(chain(_columns_of(fresh), self._named(each for _, each in novel.values())))
        self._edges(novel)
        if not (self.delta.entities or self.delta.flows or fresh):
            for (facts, _), (keys, _) in zip(others, looked_for, strict=True):
                rows.known.keep(facts, keys)

    def id(self, entity: Entity) -> int:
        """The number of an entity."""
        return self._rows.entities[entity]

    def _entities(self, names: set[Entity]) -> None:
        self._rows.load_entities(names)
        new = sorted(names - self._rows.entities.keys())
        following = self._rows.entity_count() if new else 0
        for number, entity in enumerate(new, following):
            self._rows.entities[entity] = number
            self.delta.entities.append((number, entity))

    def _keys(self, facts: Facts) -> Keys:
        return Keys(
            flows=[(self.id(source), self.id(target)) for source, target in facts.flows],
            schemas=[((self.id(each.dataset), each.digest), each) for each in facts.schemas],
            registers=[((self.id(entity), name), value) for entity, name, value in facts.registers],
            statements=[((self.id(each.job), self.id(each.target)), each) for each in facts.statements],
        )

    def _flows(self, seen: _Seen) -> None:
        self._rows.load_flows({key for keys, _ in seen for key in keys.flows})
        for keys, span in seen:
            for key in keys.flows:
                if key not in self._rows.flows:
                    self._rows.flows[key] = span.copy()
                    self.delta.flows.append(key)
                self._rows.flows[key].cover(span)
                self._rows.changed_flows.add(key)

    def _schemas(self, seen: _Seen) -> list[tuple[SchemaKey, Schema]]:
        """See every schema; returns the versions that were not known."""
        self._rows.load_schemas({key for keys, _ in seen for key, _ in keys.schemas})
        fresh = []
        for keys, span in seen:
            for key, schema in keys.schemas:
                if key not in self._rows.schemas:
                    self._rows.schemas[key] = Version(schema.columns, span.copy())
                    fresh.append((key, schema))
                self._rows.schemas[key].seen.cover(span)
                self._rows.changed_schemas.add(key)
        return fresh

    def _see(self, seen: _Seen) -> None:
        """Flows and schemas of which nothing but the times can be new."""
        for keys, span in seen:
            self._rows.see(keys, span)

    def _registers(self, seen: _Seen) -> None:
        self._rows.load_registers({key[0] for keys, _ in seen for key, _ in keys.registers})
        for keys, span in seen:
            for key, value in keys.registers:
                offered, known = (span.last, value), self._rows.registers.get(key)
                if known is None or offered > known:
                    self._rows.registers[key] = offered
                    self._rows.changed_registers.add(key)
                    if known is None or known[1] != value:
                        self.delta.registers.append((*key, value))

    def _statements(self, seen: _Seen) -> _Novel:
        """See every statement; returns versions other than the newest known."""
        self._rows.load_statements({key for keys, _ in seen for key, _ in keys.statements})
        novel: _Novel = {}
        for keys, span in seen:
            for key, statement in keys.statements:
                known = self._rows.statements.get(key)
                if known is not None and known.repeats(statement.digest):
                    known.see(span)
                    self._rows.seen_statements.add(key)
                else:
                    novel.setdefault((key, statement.digest), (span.copy(), statement))[0].cover(span)
        return novel

    def _named(self, statements: Iterable[Statement]) -> Iterator[tuple[int, str]]:
        told = list(statements)
        self._rows.load_entities(
            {name for each in told for name in each.entities()} - self._rows.entities.keys()
        )
        for statement in told:
            target = self.id(statement.target)
            for edge in statement.edges:
                yield self.id(edge.source), edge.source_column
                yield target, edge.target_column

    def _columns(self, wanted: Iterable[tuple[int, str]]) -> None:
        keys = dict.fromkeys(wanted)
        self._rows.load_columns({entity for entity, _ in keys})
        new = [key for key in keys if key not in self._rows.columns]
        following = self._rows.column_count() if new else 0
        for number, key in enumerate(new, following):
            self._rows.columns[key] = number
            self.delta.nodes.append((number, *key))

    def _edges(self, novel: _Novel) -> None:
        self._rows.load_cells({key for key, _ in novel})
        columns = self._rows.columns
        for (key, digest), (seen, statement) in novel.items():
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
                change for time in {seen.first, seen.last} for change in stated.merge(digest, time, edges)
            ]
            self._rows.changed_statements.add(key)
            if changes:
                found = [(change.source, change.target, change.content) for change in changes]
                self.delta.statements.append((*key, found))
                self.delta.replaced += [(c.before, c.content) for c in changes if c.before is not None]


def _spans(told: Iterable[Told]) -> list[tuple[Facts, Span]]:
    """Facts with their first and last time, which say all that the others would."""
    times: dict[Facts, list[int]] = defaultdict(list)
    for time, facts in told:
        times[facts].append(time)
    return [(facts, Span(min(seen), max(seen))) for facts, seen in times.items()]


def _columns_of(schemas: Iterable[tuple[SchemaKey, Schema]]) -> Iterator[tuple[int, str]]:
    return ((entity, name) for (entity, _), schema in schemas for name in schema.names)

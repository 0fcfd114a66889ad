"""The ledger's rows within one transaction of a database: loaded by key, written back once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Table, func, select

from almenara_platform.lineage.facts import Entity, Kind, Told
from almenara_platform.lineage.ledger import progress
from almenara_platform.lineage.ledger.cells import Span, Stated, Version
from almenara_platform.lineage.ledger.known import Keys, KnownFacts, Pair
from almenara_platform.lineage.ledger.merge import merge
from almenara_platform.lineage.ledger.port import Delta
from almenara_platform.lineage.ledger.rows import Rows
from almenara_platform.lineage.ledger.sightings import Sightings, see
from almenara_platform.store import lineage_tables as tables
from almenara_platform.store.access import add, fetch, put, whole
from almenara_platform.store.remembered import RememberedRows

_STATED = tables.statements.c
_LIGHT = select(_STATED.job, _STATED.target, _STATED.digest, _STATED.first_seen, _STATED.last_seen)
_HEAVY = select(_STATED.job, _STATED.target, _STATED.contents, _STATED.cells)


def learn(
    connection: Connection,
    told: Sequence[Told],
    known: KnownFacts | None = None,
    remembered: RememberedRows | None = None,
    sightings: Sightings | None = None,
) -> Delta:
    """Merge facts into the tables, in the open transaction; returns what is new to the graph.

    With ``sightings`` what is only seen again is put off.
    """
    behind = Sightings() if sightings is None else sightings
    rows = SqlRows(connection, known, remembered, behind)
    delta = merge(rows, told)
    rows.write(delta)
    if sightings is None:
        behind.committed()
        behind.write(connection)
    if delta:
        delta.revision = progress.advance(connection)
    return delta


class SqlRows(Rows):
    """Rows that are loaded when the merge asks for them."""

    def __init__(
        self,
        connection: Connection,
        known: KnownFacts | None,
        remembered: RememberedRows | None,
        sightings: Sightings,
    ) -> None:
        super().__init__(known)
        self._connection = connection
        self._remembered = remembered or RememberedRows()
        self._sightings = sightings

    def entity_count(self) -> int:
        return self._following(tables.entities)

    def column_count(self) -> int:
        return self._following(tables.columns)

    def see(self, keys: Keys, seen: Span) -> None:
        self._sightings.put_off(keys, seen)

    def load_entities(self, names: Collection[Entity]) -> None:
        table = tables.entities
        key = [table.c.kind, table.c.namespace, table.c.name]
        for row in fetch(self._connection, whole(table), key, names):
            self.entities[Entity(Kind(row.kind), row.namespace, row.name)] = row.id

    def load_columns(self, entities: Collection[int]) -> None:
        table = tables.columns
        for row in fetch(self._connection, whole(table), [table.c.entity], entities):
            self.columns[row.entity, row.name] = row.id

    def load_flows(self, keys: Collection[Pair]) -> None:
        table = tables.flows
        for row in fetch(self._connection, whole(table), [table.c.source, table.c.target], keys):
            self.flows[row.source, row.target] = Span(row.first_seen, row.last_seen)

    def load_registers(self, entities: Collection[int]) -> None:
        table = tables.registers
        for row in fetch(self._connection, whole(table), [table.c.entity], entities):
            self.registers[row.entity, row.name] = (row.told_at, row.value)

    def load_schemas(self, keys: Collection[tuple[int, str]]) -> None:
        table = tables.schemas
        for row in fetch(self._connection, whole(table), [table.c.entity, table.c.digest], keys):
            self.schemas[row.entity, row.digest] = Version(row.columns, Span(row.first_seen, row.last_seen))

    def load_statements(self, keys: Collection[Pair]) -> None:
        table = tables.statements
        known = self._remembered.take(table, keys)
        self.statements |= known
        for row in fetch(self._connection, _LIGHT, [table.c.job, table.c.target], set(keys) - known.keys()):
            self.statements[row.job, row.target] = Stated(row.digest, row.first_seen, row.last_seen)

    def load_cells(self, keys: Collection[Pair]) -> None:
        table = tables.statements
        for row in fetch(self._connection, _HEAVY, [table.c.job, table.c.target], keys):
            stated = self.statements[row.job, row.target]
            stated.contents, stated.cells = row.contents, row.cells

    def write(self, delta: Delta) -> None:
        """Write what changed."""
        add(self._connection, tables.entities, [_entity_row(number, each) for number, each in delta.entities])
        names = ("id", "entity", "name")
        add(self._connection, tables.columns, [dict(zip(names, node, strict=True)) for node in delta.nodes])
        put(self._connection, tables.flows, [_pair_row(key, self.flows[key]) for key in self.changed_flows])
        put(self._connection, tables.registers, [self._register_row(key) for key in self.changed_registers])
        put(self._connection, tables.schemas, [self._schema_row(key) for key in self.changed_schemas])
        put(self._connection, tables.statements, [self._statement_row(k) for k in self.changed_statements])
        repeated = self.seen_statements - self.changed_statements
        see(self._connection, tables.statements, {key: self.statements[key] for key in repeated})
        light = {key: Stated(each.digest, each.first, each.last) for key, each in self.statements.items()}
        self._remembered.put_back(tables.statements, light)

    def _following(self, table: Table) -> int:
        greatest = self._connection.scalar(_GREATEST[table.name])
        return 0 if greatest is None else greatest + 1

    def _register_row(self, key: tuple[int, str]) -> dict[str, Any]:
        told_at, value = self.registers[key]
        return {"entity": key[0], "name": key[1], "told_at": told_at, "value": value}

    def _schema_row(self, key: tuple[int, str]) -> dict[str, Any]:
        version = self.schemas[key]
        return {"entity": key[0], "digest": key[1], **_times(version.seen), "columns": version.columns}

    def _statement_row(self, key: Pair) -> dict[str, Any]:
        stated = self.statements[key]
        own = {"job": key[0], "target": key[1], "digest": stated.digest, **_times(stated)}
        return own | {"contents": stated.contents, "cells": stated.cells}


def _entity_row(number: int, entity: Entity) -> dict[str, Any]:
    return {"id": number, "kind": entity.kind.value, "namespace": entity.namespace, "name": entity.name}


def _pair_row(key: Pair, seen: Span) -> dict[str, Any]:
    return {"source": key[0], "target": key[1], **_times(seen)}


def _times(seen: Span | Stated) -> dict[str, int]:
    return {"first_seen": seen.first, "last_seen": seen.last}


_GREATEST = {table.name: select(func.max(table.c.id)) for table in (tables.entities, tables.columns)}

"""The ledger in a database: what SQLite and PostgreSQL have in common."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, delete, or_, select

from almenara_platform.lineage.facts import Entity, Kind
from almenara_platform.lineage.ledger import progress
from almenara_platform.lineage.ledger.cells import CELL, Span, Stated, records
from almenara_platform.lineage.ledger.listeners import Listeners
from almenara_platform.lineage.ledger.port import (
    Contents,
    Delta,
    EdgeRecord,
    FlowRecord,
    Label,
    Listener,
    SchemaVersion,
)
from almenara_platform.lineage.ledger.reading import (
    edge_order,
    edge_records,
    flow_record,
    newest_first,
    schema_version,
)
from almenara_platform.lineage.ledger.sightings import Sightings
from almenara_platform.store import lineage_tables as tables
from almenara_platform.store.access import fetch, put, whole
from almenara_platform.store.database import Database

_STREAM = {"yield_per": 10_000}


class SqlLineageLedger:
    """A ``LineageLedger`` over the tables of a lineage store; facts come in through the store."""

    def __init__(self, database: Database, sightings: Sightings) -> None:
        self._sightings = sightings
        self._reading = database.reading
        self._writing = database.writing
        self._listeners = Listeners()

    def announce(self, delta: Delta) -> None:
        """Tell the listeners what the store has committed."""
        self._listeners.tell(delta)

    def listen(self, listener: Listener) -> None:
        self._listeners.add(listener)

    def contents(self) -> Contents:
        with self._reading() as connection:
            _hold_still(connection)
            revision = progress.revision(connection)
            entities = _entities(connection)
            node_entities, node_columns = _columns(connection)
            stated = _rows(
                connection, *(tables.statements.c[name] for name in ("job", "target", "contents", "cells"))
            )
            flows = _streamed(connection, tables.flows.c.source, tables.flows.c.target)
            return Contents(
                entities=entities,
                node_entities=node_entities,
                node_columns=node_columns,
                statements=[(row[0], row[1], row[2], len(row[3]) // CELL.itemsize) for row in stated],
                cells=records(b"".join(row[3] for row in stated)),
                flows=np.fromiter(chain.from_iterable(flows), dtype=np.int32).reshape(-1, 2),
                registers=_rows(
                    connection, *(tables.registers.c[name] for name in ("entity", "name", "value"))
                ),
                revision=revision,
            )

    def revision(self) -> int:
        with self._reading() as connection:
            return progress.revision(connection)

    def edges_into(self, namespace: str, name: str) -> Sequence[EdgeRecord]:
        table = tables.statements
        with self._reading() as connection:
            number = _number(connection, namespace, name)
            rows = connection.execute(select(table).where(table.c.target == number)).all()
            stated = [(row.job, _stated(row)) for row in rows]
            nodes = _nodes(connection, [cell for _, each in stated for cell in each.unpack()])
            entities = _named(
                connection, [job for job, _ in stated] + [entity for entity, _ in nodes.values()]
            )

        def place(node: int) -> tuple[Entity, str]:
            entity, column = nodes[node]
            return entities[entity], column

        found = [record for job, each in stated for record in edge_records(each, entities[job], place)]
        return sorted(found, key=edge_order)

    def flows_of(self, namespace: str, name: str) -> Sequence[FlowRecord]:
        table = tables.flows
        # Before it is read, for what is written in between is then told twice, and not left out.
        waiting = self._sightings.flows()
        with self._reading() as connection:
            number = _number(connection, namespace, name)
            touching = or_(table.c.source == number, table.c.target == number)
            rows = connection.execute(select(table).where(touching)).all()
            entities = _named(connection, [end for row in rows for end in (row.source, row.target)])
        found = [
            flow_record(
                entities[row.source],
                entities[row.target],
                _seen(row, waiting.get((row.source, row.target))),
            )
            for row in rows
        ]
        return sorted(found, key=lambda flow: (flow.source, flow.target))

    def schemas(self, namespace: str, name: str) -> Sequence[SchemaVersion]:
        table, waiting = tables.schemas, self._sightings.schemas()
        with self._reading() as connection:
            mine = table.c.entity == _number(connection, namespace, name)
            rows = connection.execute(select(table).where(mine)).all()
        return newest_first(
            [schema_version(row.columns, _seen(row, waiting.get((row.entity, row.digest)))) for row in rows]
        )

    def descriptions(self, namespace: str, name: str) -> Mapping[str, object]:
        table = tables.registers
        with self._reading() as connection:
            mine = table.c.entity == _number(connection, namespace, name)
            rows = connection.execute(select(table).where(mine)).all()
        return {row.name: orjson.loads(row.value) for row in rows}

    def labels(self) -> Sequence[Label]:
        table = tables.labels
        with self._reading() as connection:
            return sorted(Label(*row) for row in connection.execute(select(*table.primary_key)))

    def put_label(self, label: Label) -> None:
        with self._writing() as connection:
            put(connection, tables.labels, [_label_row(label)])

    def remove_label(self, label: Label) -> bool:
        table = tables.labels
        mine = [table.c[name] == value for name, value in _label_row(label).items()]
        with self._writing() as connection:
            return connection.execute(delete(table).where(*mine)).rowcount > 0


def _hold_still(connection: Connection) -> None:
    """Let every statement of a connection see the same moment, as SQLite does by itself."""
    if connection.dialect.name == "postgresql":
        connection.execution_options(isolation_level="REPEATABLE READ")


def _rows(connection: Connection, *columns: Any, by: Any = None) -> Sequence[Any]:
    return connection.execute(select(*columns).order_by(by)).all()


def _streamed(connection: Connection, *columns: Any, by: Any = None) -> Iterator[Row[Any]]:
    """Row after row: a million that are kept would be looked through for garbage again and again."""
    return iter(connection.execute(select(*columns).order_by(by), execution_options=_STREAM))


def _entities(connection: Connection) -> list[Entity]:
    table = tables.entities
    rows = _streamed(connection, table.c.kind, table.c.namespace, table.c.name, by=table.c.id)
    kinds = {kind.value: kind for kind in Kind}
    return [Entity(kinds[kind], namespace, name) for kind, namespace, name in rows]


def _columns(connection: Connection) -> tuple[NDArray[np.int32], list[str]]:
    """The entity and the name of each column; a name that many have is kept once."""
    table = tables.columns
    known: dict[str, str] = {}
    owners, names = array("i"), []
    for owner, name in _streamed(connection, table.c.entity, table.c.name, by=table.c.id):
        owners.append(owner)
        names.append(known.setdefault(name, name))
    return np.array(owners, dtype=np.int32), names


def _number(connection: Connection, namespace: str, name: str) -> int:
    table = tables.entities
    mine = (table.c.kind == Kind.DATASET.value) & (table.c.namespace == namespace) & (table.c.name == name)
    found = connection.scalar(select(table.c.id).where(mine))
    return -1 if found is None else found


def _stated(row: Row[Any]) -> Stated:
    return Stated(row.digest, row.first_seen, row.last_seen, row.contents, row.cells)


def _seen(row: Row[Any], waiting: Span | None) -> Span:
    stored = Span(row.first_seen, row.last_seen)
    return stored if waiting is None else stored.joined(waiting)


def _nodes(connection: Connection, cells: Sequence[tuple[int, int, bool]]) -> dict[int, tuple[int, str]]:
    table = tables.columns
    wanted = {node for source, target, _ in cells for node in (source, target)}
    return {row.id: (row.entity, row.name) for row in fetch(connection, whole(table), [table.c.id], wanted)}


def _named(connection: Connection, numbers: Sequence[int]) -> dict[int, Entity]:
    table = tables.entities
    rows = fetch(connection, whole(table), [table.c.id], set(numbers))
    return {row.id: Entity(Kind(row.kind), row.namespace, row.name) for row in rows}


def _label_row(label: Label) -> dict[str, str]:
    return {"namespace": label.namespace, "name": label.name, "column": label.column, "label": label.label}

"""The ledger in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import RLock

import numpy as np
import orjson

from almenara_platform.lineage.facts import Entity, Kind, Told
from almenara_platform.lineage.ledger.cells import records
from almenara_platform.lineage.ledger.listeners import Listeners
from almenara_platform.lineage.ledger.merge import merge
from almenara_platform.lineage.ledger.port import (
    Contents,
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
from almenara_platform.lineage.ledger.rows import Rows


class MemoryLineageLedger:
    """A ``LineageLedger`` of plain dictionaries."""

    def __init__(self) -> None:
        self._rows = Rows()
        self._revision = 0
        self._labels: set[Label] = set()
        self._lock = RLock()
        self._listeners = Listeners()

    def learn(self, told: Sequence[Told]) -> None:
        """Merge facts and tell the listeners."""
        with self._lock:
            delta = merge(self._rows, told)
            self._revision += bool(delta)
            delta.revision = self._revision
            self._listeners.tell(delta)

    def contents(self) -> Contents:
        with self._lock:
            rows = self._rows
            stated = list(rows.statements.items())
            return Contents(
                entities=list(rows.entities),
                node_entities=np.array([entity for entity, _ in rows.columns], dtype=np.int32),
                node_columns=[name for _, name in rows.columns],
                statements=[(*key, each.contents, len(records(each.cells))) for key, each in stated],
                cells=records(b"".join(each.cells for _, each in stated)),
                flows=np.array(list(rows.flows), dtype=np.int32).reshape(-1, 2),
                registers=[(*key, value) for key, (_, value) in rows.registers.items()],
                revision=self._revision,
            )

    def revision(self) -> int:
        with self._lock:
            return self._revision

    def listen(self, listener: Listener) -> None:
        self._listeners.add(listener)

    def edges_into(self, namespace: str, name: str) -> Sequence[EdgeRecord]:
        with self._lock:
            number = self._number(namespace, name)
            entities, nodes = list(self._rows.entities), list(self._rows.columns)
            found = [
                record
                for (job, target), stated in self._rows.statements.items()
                if target == number
                for record in edge_records(
                    stated, entities[job], lambda node: (entities[nodes[node][0]], nodes[node][1])
                )
            ]
        return sorted(found, key=edge_order)

    def flows_of(self, namespace: str, name: str) -> Sequence[FlowRecord]:
        with self._lock:
            number, entities = self._number(namespace, name), list(self._rows.entities)
            found = [
                flow_record(entities[source], entities[target], seen)
                for (source, target), seen in self._rows.flows.items()
                if number in (source, target)
            ]
        return sorted(found, key=lambda flow: (flow.source, flow.target))

    def schemas(self, namespace: str, name: str) -> Sequence[SchemaVersion]:
        with self._lock:
            number = self._number(namespace, name)
            versions = [
                schema_version(version.columns, version.seen)
                for (entity, _), version in self._rows.schemas.items()
                if entity == number
            ]
        return newest_first(versions)

    def descriptions(self, namespace: str, name: str) -> Mapping[str, object]:
        with self._lock:
            number = self._number(namespace, name)
            return {
                register: orjson.loads(value)
                for (entity, register), (_, value) in self._rows.registers.items()
                if entity == number
            }

    def labels(self) -> Sequence[Label]:
        with self._lock:
            return sorted(self._labels)

    def put_label(self, label: Label) -> None:
        with self._lock:
            self._labels.add(label)

    def remove_label(self, label: Label) -> bool:
        with self._lock:
            known = label in self._labels
            self._labels.discard(label)
            return known

    def _number(self, namespace: str, name: str) -> int:
        return self._rows.entities.get(Entity(Kind.DATASET, namespace, name), -1)

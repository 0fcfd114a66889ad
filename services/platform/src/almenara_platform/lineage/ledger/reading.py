"""Rows of the ledger as its port tells them."""

from __future__ import annotations

from collections.abc import Callable

import orjson

from almenara_platform.clock import from_micros
from almenara_platform.lineage.facts.model import WHOLE, Entity, Kind
from almenara_platform.lineage.ledger.cells import Span, Stated
from almenara_platform.lineage.ledger.port import EdgeRecord, FlowRecord, SchemaVersion
from almenara_platform.runs.model import Column

Place = tuple[str, str, str | None]


def edge_records(
    stated: Stated, job: Entity, place_of: Callable[[int], tuple[Entity, str]]
) -> list[EdgeRecord]:
    """The edges of one statement; ``place_of`` gives a node's entity and column."""
    found = []
    for (source, target, _), cell in stated.unpack().items():
        indirect, transformations = orjson.loads(cell.content)
        found.append(
            EdgeRecord(
                source=_place(*place_of(source)),
                target=_place(*place_of(target)),
                job=(job.namespace, job.name) if job.kind is Kind.JOB else None,
                indirect=bool(indirect),
                transformations=tuple((subtype, text, masks) for subtype, text, masks in transformations),
                first_seen=from_micros(cell.first),
                last_seen=from_micros(cell.last),
            )
        )
    return found


def edge_order(edge: EdgeRecord) -> tuple[str, ...]:
    """Where an edge stands in a list: by target, then source, then job."""
    places = (*edge.target, *edge.source, *(edge.job or ("", "")), str(edge.indirect))
    return tuple(part or "" for part in places)


def schema_version(columns: bytes, seen: Span) -> SchemaVersion:
    """A version of a schema."""
    known = tuple(Column(name, kind, text) for name, kind, text in orjson.loads(columns))
    return SchemaVersion(known, from_micros(seen.first), from_micros(seen.last))


def flow_record(source: Entity, target: Entity, seen: Span) -> FlowRecord:
    """A flow."""
    return FlowRecord(source, target, from_micros(seen.first), from_micros(seen.last))


def newest_first(versions: list[SchemaVersion]) -> list[SchemaVersion]:
    """Versions by their last sight."""
    return sorted(versions, key=lambda v: (v.last_seen, v.first_seen, str(v.columns)), reverse=True)


def _place(entity: Entity, column: str) -> Place:
    return entity.namespace, entity.name, None if column == WHOLE else column

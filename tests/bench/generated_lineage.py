"""A graph of 100,000 datasets, 1,000,000 columns and 1.2 million edges, in memory and as a ledger in SQLite.

Layers of datasets whose columns come from one or two columns of earlier ones, and a few hub columns that very
many come from. In the ledger each dataset has a job of its own that states its edges, and the flows between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Table

from almenara_platform.lineage.facts import Entity, Kind
from almenara_platform.lineage.ledger.cells import CELL
from almenara_platform.lineage.ledger.port import Contents
from almenara_platform.store import lineage_tables as tables
from almenara_platform.store.access import add
from almenara_platform.store.database import Database
from almenara_platform.store.sqlite import sqlite_engine, sqlite_lineage_store

DATASETS, COLUMNS_A_DATASET, EDGES = 100_000, 10, 1_200_000
HUBS = 2_000
HUB_SHARE = 0.3
LAYERS = 12
NAMESPACE = "bench"
_COPIED = b'["[0,[[\\"IDENTITY\\",null,false]]]"]'
_SEEN = {"first_seen": 1, "last_seen": 2}
_AT_ONCE = 50_000
Ints = NDArray[np.int32]


def generated(seed: int = 7) -> tuple[Ints, Ints]:
    """Sources and targets of the edges, each to a dataset of a later layer."""
    random = np.random.default_rng(seed)
    columns = DATASETS * COLUMNS_A_DATASET
    layer_size = columns // LAYERS
    targets = random.integers(layer_size, columns, EDGES)
    layer_start = (targets // layer_size - 1) * layer_size
    sources = layer_start + (random.random(EDGES) * layer_size).astype(np.int64)
    from_hub = random.random(EDGES) < HUB_SHARE
    weights = 1 / np.arange(1, HUBS + 1)
    sources[from_hub] = random.choice(HUBS, int(from_hub.sum()), p=weights / weights.sum())
    return sources.astype(np.int32), targets.astype(np.int32)


def contents(sources: Ints, targets: Ints) -> Contents:
    """The graph as a ledger gives it: one statement a dataset, all of one job."""
    cells, counts = _cells(sources, targets)
    return Contents(
        entities=[*(_dataset(n) for n in range(DATASETS)), Entity(Kind.JOB, NAMESPACE, "job")],
        node_entities=np.repeat(np.arange(DATASETS, dtype=np.int32), COLUMNS_A_DATASET),
        node_columns=[f"column_{n % COLUMNS_A_DATASET}" for n in range(DATASETS * COLUMNS_A_DATASET)],
        statements=[(DATASETS, n, _COPIED, int(count)) for n, count in enumerate(counts)],
        cells=cells,
        flows=np.empty((0, 2), dtype=np.int32),
        registers=[],
    )


def write(path: Path, sources: Ints, targets: Ints) -> None:
    """Put the graph into a new lineage store."""
    sqlite_lineage_store(path).close()
    database = Database(sqlite_engine(path))
    with database.writing() as connection:
        _fill(connection, tables.entities, _entity, range(2 * DATASETS))
        _fill(connection, tables.columns, _column, range(DATASETS * COLUMNS_A_DATASET))
        _fill(connection, tables.flows, _flow, _flows(sources, targets))
        _fill(connection, tables.statements, _statement, _statements(sources, targets))
    database.close()


def place(column: int) -> dict[str, str]:
    """What a question names it by."""
    dataset, own = divmod(column, COLUMNS_A_DATASET)
    return {"namespace": NAMESPACE, "name": _dataset(dataset).name, "column": f"column_{own}"}


def _dataset(number: int) -> Entity:
    return Entity(Kind.DATASET, NAMESPACE, f"schema.table_{number}")


def _cells(sources: Ints, targets: Ints) -> tuple[NDArray[np.void], NDArray[np.intp]]:
    """The edges by target dataset, and how many each has."""
    order = np.argsort(targets // COLUMNS_A_DATASET, kind="stable")
    cells = np.zeros(EDGES, dtype=CELL)
    cells["source"], cells["target"] = sources[order], targets[order]
    return cells, np.bincount(targets // COLUMNS_A_DATASET, minlength=DATASETS)


def _fill(connection: Connection, table: Table, row: Callable[..., dict[str, Any]], of: Any) -> None:
    rows: list[dict[str, Any]] = []
    for each in of:
        rows.append(row(each))
        if len(rows) == _AT_ONCE:
            add(connection, table, rows)
            rows = []
    add(connection, table, rows)


def _entity(number: int) -> dict[str, Any]:
    name = _dataset(number).name if number < DATASETS else f"make_table_{number - DATASETS}"
    kind = Kind.DATASET if number < DATASETS else Kind.JOB
    return {"id": number, "kind": kind.value, "namespace": NAMESPACE, "name": name}


def _column(number: int) -> dict[str, Any]:
    dataset, own = divmod(number, COLUMNS_A_DATASET)
    return {"id": number, "entity": dataset, "name": f"column_{own}"}


def _flows(sources: Ints, targets: Ints) -> Iterator[tuple[int, int]]:
    """From each source dataset to the job of the target, and from that job to it."""
    ends = np.column_stack((sources // COLUMNS_A_DATASET, DATASETS + targets // COLUMNS_A_DATASET))
    yield from map(tuple, np.unique(ends, axis=0).tolist())
    yield from ((DATASETS + n, n) for n in np.unique(targets // COLUMNS_A_DATASET).tolist())


def _flow(ends: tuple[int, int]) -> dict[str, Any]:
    return {"source": ends[0], "target": ends[1], **_SEEN}


def _statements(sources: Ints, targets: Ints) -> Iterator[tuple[int, bytes]]:
    cells, counts = _cells(sources, targets)
    parts = np.split(cells, np.cumsum(counts)[:-1])
    return ((number, part.tobytes()) for number, part in enumerate(parts) if len(part))


def _statement(stated: tuple[int, bytes]) -> dict[str, Any]:
    number, cells = stated
    own = {"job": DATASETS + number, "target": number, "digest": f"{number:064x}", **_SEEN}
    return own | {"contents": _COPIED, "cells": cells}

"""What the lineage database knows beyond one event."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import select

from almenara_platform.outbox.destinations.port import DatasetName
from almenara_platform.runs import facets
from almenara_platform.runs.fold import RunFold
from almenara_platform.runs.model import Column
from almenara_platform.store import schema
from almenara_platform.store.access import fetch
from almenara_platform.store.database import Database


class StoredKnowledge:
    """A ``Knowledge`` out of the lineage store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def columns(self, names: Collection[DatasetName]) -> Mapping[DatasetName, Sequence[Column]]:
        table = schema.datasets
        statement = select(table.c.namespace, table.c.name, table.c.schema).where(table.c.schema.is_not(None))
        with self._database.reading() as connection:
            rows = list(fetch(connection, statement, [table.c.namespace, table.c.name], names))
        return {
            (row.namespace, row.name): [Column(**item) for item in orjson.loads(row.schema)] for row in rows
        }

    def parent(self, run_id: str) -> Mapping[str, Any]:
        # What runs share is about their datasets, of which nothing is asked here.
        statement = select(schema.runs.c.fold).where(schema.runs.c.run_id == run_id)
        with self._database.reading() as connection:
            fold = connection.scalar(statement)
        return {} if fold is None else facets.mapping(RunFold.load(fold).value("run", "parent"))

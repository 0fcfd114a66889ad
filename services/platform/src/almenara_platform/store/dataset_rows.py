"""The rows of datasets within a transaction; of those that were only seen again it writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, Row

from almenara_platform.store import catalog
from almenara_platform.store.access import fetch, put, whole
from almenara_platform.store.remembered import RememberedRows
from almenara_platform.store.schema import dataset_jobs, datasets

Name = tuple[str, str]
DatasetRow = dict[str, Any]
"""A row of ``datasets``, its stamps as tuples."""

_NAME = (datasets.c.namespace, datasets.c.name)
_REMEMBERED_SCHEMA_BYTES = 16_384
_NEVER: tuple[Any, ...] = ()
"""A stamp that is less than every other."""


class SeenDatasets:
    """Rows of which only who touched the dataset last is new, as ``ledger.sightings`` is for the graph."""

    def __init__(self) -> None:
        self._waiting: dict[Name, DatasetRow] = {}
        self._staged: dict[Name, DatasetRow] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def begin(self) -> None:
        """A transaction begins; what the one before left, which was not committed, is dropped."""
        self._staged.clear()

    def put_off(self, rows: Mapping[Name, DatasetRow]) -> None:
        """These are as the open transaction leaves them."""
        self._staged.update((name, dict(row)) for name, row in rows.items())

    def committed(self) -> None:
        """The open transaction is committed."""
        self._waiting.update(self._staged)
        self._staged.clear()

    def over(self) -> Callable[[Row[Any]], DatasetRow]:
        """Puts stored rows together with what waits now to be written.

        To be asked for before the rows are, because they may be written meanwhile.
        """
        waiting = self._waiting
        return lambda row: _over(row, waiting.get((row.namespace, row.name)))

    def write(self, connection: Connection) -> None:
        """Write all that waits; ``written`` is to be called once it is committed."""
        rows = fetch(connection, whole(datasets), _NAME, self._waiting)
        put(connection, datasets, [_written(row) for row in map(self.over(), rows)])

    def written(self) -> None:
        """All that waited is committed."""
        self._waiting = {}


class DatasetsPart:
    """Schemas, runs and jobs of the datasets that a transaction touches."""

    def __init__(
        self,
        connection: Connection,
        names: Iterable[Name],
        remembered: RememberedRows,
        seen: SeenDatasets,
    ) -> None:
        self._connection = connection
        self._remembered = remembered
        self._seen = seen
        self._jobs: set[tuple[str, str, str, str]] = set()
        self._described: set[Name] = set()
        wanted = set(names)
        self._rows: dict[Name, DatasetRow] = remembered.take(datasets, wanted)
        self._not_read = set(self._rows)
        for row in map(seen.over(), fetch(connection, whole(datasets), _NAME, wanted - self._not_read)):
            self._rows[row["namespace"], row["name"]] = row

    def learn(self, sighting: catalog.Sighting, first: catalog.Entry, last: catalog.Entry) -> None:
        """Keep when it was seen, its newest schema and run, and the job that touched it.

        ``first`` and ``last`` say so, and what came between them says no more.
        """
        name = (sighting.namespace, sighting.name)
        row = self._rows.get(name)
        if row is None:
            row = self._rows[name] = _new(*name, first.stamp[0])
            self._described.add(name)
        row["first_seen"] = min(row["first_seen"], first.stamp[0])
        row["last_seen"] = max(row["last_seen"], last.stamp[0])
        if sighting.schema is not None and last.stamp > row["schema_stamp"]:
            if row["schema"] != sighting.packed:
                self._described.add(name)
            row["schema"], row["schema_stamp"] = sighting.packed, last.stamp
        if last.run_id and last.stamp > row["run_stamp"]:
            row["run_id"], row["run_stamp"] = last.run_id, last.stamp
        if sighting.direction and last.job:
            self._jobs.add((*name, sighting.direction, last.job.name))

    def write(self) -> None:
        """Write what is new; a row that is too large to be kept in memory is always written."""
        # Another platform may have written behind since they were remembered.
        for row in fetch(self._connection, whole(datasets), _NAME, self._described & self._not_read):
            name = (row.namespace, row.name)
            self._rows[name] = _over(row, self._rows[name])
        handy = {name: row for name, row in self._rows.items() if _is_handy(row)}
        again = handy.keys() - self._described
        put(
            self._connection,
            datasets,
            [_written(row) for name, row in self._rows.items() if name not in again],
        )
        self._seen.put_off({name: handy[name] for name in again})
        self._remembered.put_back(datasets, handy)
        self._write_jobs()

    def _write_jobs(self) -> None:
        names = ("namespace", "name", "direction", "job")
        known = self._remembered.take(dataset_jobs, self._jobs)
        others = self._jobs - known.keys()
        put(self._connection, dataset_jobs, [dict(zip(names, job, strict=True)) for job in others])
        self._remembered.put_back(dataset_jobs, dict.fromkeys(self._jobs))


def _new(namespace: str, name: str, seen: int) -> DatasetRow:
    known = {"namespace": namespace, "name": name, "first_seen": seen, "last_seen": seen}
    return known | {"schema": None, "schema_stamp": _NEVER, "run_id": None, "run_stamp": _NEVER}


def _over(row: Row[Any], known: DatasetRow | None) -> DatasetRow:
    return _read(row) if known is None else _joined(_read(row), known)


def _joined(one: DatasetRow, other: DatasetRow) -> DatasetRow:
    """The newest schema and run of both."""
    found = dict(one)
    found["first_seen"] = min(one["first_seen"], other["first_seen"])
    found["last_seen"] = max(one["last_seen"], other["last_seen"])
    for value, stamp in (("schema", "schema_stamp"), ("run_id", "run_stamp")):
        if other[stamp] > one[stamp]:
            found[value], found[stamp] = other[value], other[stamp]
    return found


def _is_handy(row: DatasetRow) -> bool:
    return len(row["schema"] or b"") <= _REMEMBERED_SCHEMA_BYTES


def _read(row: Row[Any]) -> DatasetRow:
    stamps = {"schema_stamp": _stamp(row.schema_stamp), "run_stamp": _stamp(row.run_stamp)}
    return row._asdict() | stamps


def _stamp(known: bytes | None) -> tuple[Any, ...]:
    return tuple(orjson.loads(known)) if known else _NEVER


def _written(row: DatasetRow) -> dict[str, Any]:
    of_schema, of_run = row["schema_stamp"], row["run_stamp"]
    return {
        **row,
        "schema_stamp": orjson.dumps(of_schema) if of_schema else None,
        "run_stamp": orjson.dumps(of_run) if of_run else None,
    }

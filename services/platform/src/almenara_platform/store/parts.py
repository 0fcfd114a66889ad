"""What a transaction of the lineage store changes, part by part: loaded, changed in memory, written back."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, func, select

from almenara_platform.clock import to_micros
from almenara_platform.runs.event import RunEvent
from almenara_platform.runs.fold import RunFold
from almenara_platform.runs.model import Run, RunState
from almenara_platform.runs.outcomes import Tally, ending
from almenara_platform.runs.projection import project
from almenara_platform.store import catalog, schema
from almenara_platform.store.access import fetch, put, whole
from almenara_platform.store.remembered import RememberedRows
from almenara_platform.store.rows import run_row

_FOLDS = select(schema.runs.c.run_id, schema.runs.c.fold, schema.runs.c.heard_at)
_LAST_ENDED = {
    "last_success_at": (RunState.COMPLETE,),
    "last_failure_at": (RunState.FAIL, RunState.ABORT),
}

_REMEMBERED_SCHEMA_BYTES = 16_384
_STAMPS = ("schema_stamp", "run_stamp")
_NEVER: tuple[Any, ...] = ()
"""A stamp that is less than every other."""


@dataclass(slots=True)
class _OpenRun:
    fold: RunFold
    before: Run | None
    heard_at: int


class RunsPart:
    """Folds of the runs that a transaction touches."""

    def __init__(self, connection: Connection, run_ids: Iterable[str]) -> None:
        self._connection = connection
        table = schema.runs
        self._open: dict[str, _OpenRun] = {}
        for row in fetch(connection, _FOLDS, [table.c.run_id], run_ids):
            fold = RunFold.load(row.fold)
            self._open[row.run_id] = _OpenRun(fold, project(fold), row.heard_at)

    def learn(self, event: RunEvent, received_at: int) -> None:
        """Fold an event in."""
        known = self._open.get(event.run_id)
        if known is None:
            known = self._open[event.run_id] = _OpenRun(RunFold(event.run_id), None, received_at)
        known.fold.apply(event)
        known.heard_at = max(known.heard_at, received_at)

    def write(self) -> list[tuple[Run | None, Run]]:
        """Write the runs; returns each before (None for a new one) and after."""
        changes, rows = [], []
        for known in self._open.values():
            after = project(known.fold)
            changes.append((known.before, after))
            rows.append(run_row(after, known.fold, known.heard_at))
        put(self._connection, schema.runs, rows)
        return changes


class JobsPart:
    """Owners, numbers of runs and last successes of the jobs that a transaction touches."""

    def __init__(
        self, connection: Connection, names: Iterable[tuple[str, str]], remembered: RememberedRows
    ) -> None:
        self._connection = connection
        self._remembered = remembered
        self._rows: dict[tuple[str, str], dict[str, Any]] = {}
        self._load(set(names))

    def learn(self, job: catalog.Job, stamp: catalog.Stamp) -> None:
        """Keep the newest owner."""
        row = self._rows[job.namespace, job.name]
        if job.owner and _newer(stamp, row["owner_stamp"]):
            row.update(owner=job.owner, owner_stamp=orjson.dumps(stamp))

    def follow(self, before: Run | None, after: Run) -> None:
        """Count a new run, and keep when the last ones ended; called after the runs are written."""
        # Another job may have used the id of this run since.
        name = (after.namespace, after.pipeline)
        if name not in self._rows:
            self._load({name})
        row = self._rows[name]
        row["runs_total"] += before is None
        for column, states in _LAST_ENDED.items():
            if after.state in states and after.ended_at:
                row[column] = max(to_micros(after.ended_at), row[column] or 0)
            elif before and before.state in states:
                row[column] = self._last_ended(after, states)

    def write(self) -> None:
        """Write the jobs."""
        put(self._connection, schema.jobs, list(self._rows.values()))
        self._remembered.put_back(schema.jobs, self._rows)

    def _load(self, names: set[tuple[str, str]]) -> None:
        table = schema.jobs
        known = self._remembered.take(table, names)
        others = names - known.keys()
        self._rows |= known | {name: _new_job(*name) for name in others}
        for row in fetch(self._connection, whole(table), [table.c.namespace, table.c.name], others):
            self._rows[row.namespace, row.name] = dict(row._mapping)

    def _last_ended(self, run: Run, states: Collection[RunState]) -> int | None:
        table = schema.runs
        of_job = (table.c.namespace == run.namespace) & (table.c.pipeline == run.pipeline)
        ended_so = table.c.state.in_(state.value for state in states)
        return self._connection.scalar(select(func.max(table.c.ended_at)).where(of_job & ended_so))


class DatasetsPart:
    """Schemas, runs and jobs of the datasets that a transaction touches."""

    def __init__(
        self, connection: Connection, names: Iterable[tuple[str, str]], remembered: RememberedRows
    ) -> None:
        self._connection = connection
        self._remembered = remembered
        self._jobs: set[tuple[str, str, str, str]] = set()
        table, wanted = schema.datasets, set(names)
        self._rows: dict[tuple[str, str], dict[str, Any]] = remembered.take(table, wanted)
        others = wanted - self._rows.keys()
        for row in fetch(connection, whole(table), [table.c.namespace, table.c.name], others):
            self._rows[row.namespace, row.name] = dict(row._mapping) | {
                name: _stamp(row._mapping[name]) for name in _STAMPS
            }

    def learn(self, sighting: catalog.Sighting, first: catalog.Entry, last: catalog.Entry) -> None:
        """Keep when it was seen, its newest schema and run, and the job that touched it.

        ``first`` and ``last`` say so, and what came between them says no more.
        """
        name = (sighting.namespace, sighting.name)
        row = self._rows.get(name)
        if row is None:
            row = self._rows[name] = _new_dataset(*name, first.stamp[0])
        row["first_seen"] = min(row["first_seen"], first.stamp[0])
        row["last_seen"] = max(row["last_seen"], last.stamp[0])
        if sighting.schema is not None and last.stamp > row["schema_stamp"]:
            row["schema"], row["schema_stamp"] = sighting.packed, last.stamp
        if last.run_id and last.stamp > row["run_stamp"]:
            row["run_id"], row["run_stamp"] = last.run_id, last.stamp
        if sighting.direction and last.job:
            self._jobs.add((*name, sighting.direction, last.job.name))

    def write(self) -> None:
        """Write the datasets."""
        put(self._connection, schema.datasets, list(map(_dataset_row, self._rows.values())))
        handy = {
            name: row
            for name, row in self._rows.items()
            if len(row["schema"] or b"") <= _REMEMBERED_SCHEMA_BYTES
        }
        self._remembered.put_back(schema.datasets, handy)
        self._write_jobs()

    def _write_jobs(self) -> None:
        names = ("namespace", "name", "direction", "job")
        known = self._remembered.take(schema.dataset_jobs, self._jobs)
        others = self._jobs - known.keys()
        put(self._connection, schema.dataset_jobs, [dict(zip(names, job, strict=True)) for job in others])
        self._remembered.put_back(schema.dataset_jobs, dict.fromkeys(self._jobs))


class TalliesPart:
    """Counts of endings that a transaction changes."""

    def __init__(
        self,
        connection: Connection,
        changes: Iterable[tuple[Run | None, Run]],
        remembered: RememberedRows,
    ) -> None:
        self._connection = connection
        self._remembered = remembered
        self._changes = [(ending(before) if before else None, ending(after)) for before, after in changes]
        self._tallies = self._load()

    def write(self) -> None:
        """Take back what runs counted before, count what they are now, and write the tallies."""
        for before, after in self._changes:
            if before == after:
                continue
            if before:
                self._tallies[before.pipeline, before.outcome].add(before.seconds, -1)
            if after:
                self._tallies[after.pipeline, after.outcome].add(after.seconds, 1)
        put(self._connection, schema.tallies, [self._row(key) for key in self._tallies])
        self._remembered.put_back(schema.tallies, self._tallies)

    def _load(self) -> dict[tuple[str, str], Tally]:
        changed = [change for change in self._changes if change[0] != change[1]]
        endings = [side for change in changed for side in change if side]
        table, wanted = schema.tallies, {(side.pipeline, side.outcome.value) for side in endings}
        tallies: dict[tuple[str, str], Tally] = self._remembered.take(table, wanted)
        others = wanted - tallies.keys()
        tallies |= {key: Tally.zero() for key in others}
        for row in fetch(self._connection, whole(table), [table.c.pipeline, table.c.outcome], others):
            tallies[row.pipeline, row.outcome] = read_tally(row.numbers)
        return tallies

    def _row(self, key: tuple[str, str]) -> dict[str, Any]:
        tally = self._tallies[key]
        tally.settle()
        return {"pipeline": key[0], "outcome": key[1], "numbers": orjson.dumps([tally.true, tally.shown])}


def read_tally(numbers: bytes) -> Tally:
    """The tally in a row of ``tallies``."""
    return Tally(*orjson.loads(numbers))


def _newer(stamp: catalog.Stamp, known: bytes | None) -> bool:
    return known is None or stamp > tuple(orjson.loads(known))


def _new_job(namespace: str, name: str) -> dict[str, Any]:
    return {
        "namespace": namespace,
        "name": name,
        "owner": None,
        "owner_stamp": None,
        "runs_total": 0,
        "last_success_at": None,
        "last_failure_at": None,
    }


def _new_dataset(namespace: str, name: str, seen: int) -> dict[str, Any]:
    known = {"namespace": namespace, "name": name, "first_seen": seen, "last_seen": seen}
    return known | {"schema": None, "schema_stamp": _NEVER, "run_id": None, "run_stamp": _NEVER}


def _dataset_row(known: dict[str, Any]) -> dict[str, Any]:
    of_schema, of_run = known["schema_stamp"], known["run_stamp"]
    return {
        **known,
        "schema_stamp": orjson.dumps(of_schema) if of_schema else None,
        "run_stamp": orjson.dumps(of_run) if of_run else None,
    }


def _stamp(known: bytes | None) -> tuple[Any, ...]:
    return tuple(orjson.loads(known)) if known else _NEVER

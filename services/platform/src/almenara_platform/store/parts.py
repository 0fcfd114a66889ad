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
from almenara_platform.store.shared import SharedPart, registers_of

_RUNS = schema.runs.c
_FOLDS = select(_RUNS.run_id, _RUNS.fold, _RUNS.heard_at, _RUNS.shared)
_LAST_ENDED = {
    "last_success_at": (RunState.COMPLETE,),
    "last_failure_at": (RunState.FAIL, RunState.ABORT),
}


@dataclass(slots=True)
class _OpenRun:
    fold: RunFold
    before: Run | None
    heard_at: int


class RunsPart:
    """Folds of the runs that a transaction touches."""

    def __init__(self, connection: Connection, run_ids: Iterable[str], shared: SharedPart) -> None:
        self._connection = connection
        self._shared = shared
        self._open: dict[str, _OpenRun] = {}
        rows = list(fetch(connection, _FOLDS, [_RUNS.run_id], run_ids))
        told = registers_of(connection, (row.shared for row in rows))
        for row in rows:
            fold = RunFold.load(row.fold, told.get(row.shared))
            if fold.told:
                shared.keep(row.shared, fold.told)
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
            rows.append(run_row(after, known.fold, known.heard_at, self._shared.key(known.fold.told)))
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
            self._rows[row.namespace, row.name] = row._asdict()

    def _last_ended(self, run: Run, states: Collection[RunState]) -> int | None:
        table = schema.runs
        of_job = (table.c.namespace == run.namespace) & (table.c.pipeline == run.pipeline)
        ended_so = table.c.state.in_(state.value for state in states)
        return self._connection.scalar(select(func.max(table.c.ended_at)).where(of_job & ended_so))


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

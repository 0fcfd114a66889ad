"""The lineage store over SQLAlchemy: what SQLite and PostgreSQL have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy import Column, Connection, Engine, Row, delete, func, select, text, tuple_

from almenara_platform import cursor as cursors
from almenara_platform.clock import from_micros, to_micros
from almenara_platform.exceptions import StoreUnavailable
from almenara_platform.group_commit import GroupCommit
from almenara_platform.lineage.ledger.known import KnownFacts
from almenara_platform.lineage.ledger.sql import SqlLineageLedger
from almenara_platform.outbox.enqueue import old_letters_of_no_run
from almenara_platform.page import Page
from almenara_platform.runs.fold import RunFold
from almenara_platform.runs.model import Dataset, Pipeline, Run
from almenara_platform.runs.outcomes import OUTCOMES, Outcome, Tally
from almenara_platform.runs.projection import project
from almenara_platform.runs.silence import deadline
from almenara_platform.store import arrivals, rereading, run_list, schema, unit_of_work
from almenara_platform.store.access import fetch, whole
from almenara_platform.store.behind import WriteBehind, events_deleted, recover
from almenara_platform.store.database import Database
from almenara_platform.store.dataset_rows import DatasetRow
from almenara_platform.store.migrate import migrate
from almenara_platform.store.outbox_table import outbox
from almenara_platform.store.parts import read_tally
from almenara_platform.store.port import Changes, RunQuery
from almenara_platform.store.remembered import RememberedRows
from almenara_platform.store.rows import read_dataset, read_run
from almenara_platform.store.shared import WHOLE, forget_unused, registers_of
from almenara_platform.store.shared import whole as whole_event
from almenara_platform.store.unit_of_work import Arrival

_RUNS_AT_ONCE = 500


class SqlLineageStore:
    """A ``LineageStore`` over ``engine``; ``size`` is the statement that tells the bytes in use.

    Events that several threads bring at the same time share a transaction. What ``destinations`` shall get is
    put into the outbox in that same transaction.
    """

    def __init__(self, engine: Engine, size: str, destinations: Sequence[str] = ()) -> None:
        self.database = Database(engine)
        self._size = size
        self._destinations = tuple(destinations)
        with self.database.writing() as connection:
            migrate(connection)
            recover(connection)
        self._behind = WriteBehind()
        self.ledger = SqlLineageLedger(self.database, self._behind.sightings)
        self._commits: GroupCommit[Sequence[Arrival]] = GroupCommit(self._write)
        self._announcing = Lock()
        self._known = KnownFacts()
        self._remembered = RememberedRows()

    def apply(self, events: Sequence[dict[str, Any]], received_at: datetime) -> None:
        self._commits.submit([(event, received_at) for event in events])

    def run(self, run_id: str) -> Run | None:
        table = schema.runs
        by_own = select(table.c.fold, table.c.shared).where(table.c.run_id == run_id.lower())
        by_original = (
            select(table.c.fold, table.c.shared)
            .where(table.c.original_run_id == run_id)
            .order_by(table.c.listed_at.desc(), table.c.run_id.desc())
            .limit(1)
        )
        with self.database.reading() as connection:
            row = connection.execute(by_own).first() or connection.execute(by_original).first()
            told = registers_of(connection, [row.shared]) if row else {}
        return None if row is None else project(RunFold.load(row.fold, told.get(row.shared)))

    def runs(self, query: RunQuery) -> Page[Run]:
        with self.database.reading() as connection:
            rows = run_list.newest(connection, query)
            read = _reader(connection, rows, brief=query.brief)
        return _page(rows, query.limit, read, "listed_at", "run_id")

    def changes(self, position: str = "") -> Changes:
        with self.database.reading() as connection:
            return arrivals.changes(connection, position)

    def pipelines(self, recent: int = 20) -> Sequence[Pipeline]:
        table = schema.jobs
        with self.database.reading() as connection:
            rows = connection.execute(select(table).order_by(table.c.name, table.c.namespace)).all()
            return [_pipeline(row, _newest(connection, row, max(recent, 1)), recent) for row in rows]

    def datasets(self, limit: int = 200, cursor: str | None = None) -> Page[Dataset]:
        table = schema.datasets
        statement = select(table).order_by(table.c.namespace, table.c.name).limit(limit + 1)
        newest = self._behind.datasets.over()
        if cursor:
            position = cursors.decode(cursor, str, str)
            statement = statement.where(tuple_(table.c.namespace, table.c.name) > tuple_(*position))
        with self.database.reading() as connection:
            rows = connection.execute(statement).all()
            jobs = _jobs_of(connection, [(row.namespace, row.name) for row in rows])
        return _page(rows, limit, lambda row: _with_jobs(newest(row), jobs), "namespace", "name")

    def events(self, run_id: str) -> Sequence[dict[str, Any]]:
        run = self.run(run_id)
        if run is None:
            return []
        table = schema.events
        columns = select(table.c.body, schema.shared.c.parts).select_from(WHOLE)
        statement = columns.where(table.c.run_id == run.run_id).order_by(table.c.id)
        with self.database.reading() as connection:
            return [whole_event(*row) for row in connection.execute(statement)]

    def outcomes(self) -> Sequence[Outcome]:
        with self.database.reading() as connection:
            rows = connection.execute(select(schema.tallies)).all()
            names = set(connection.scalars(select(schema.jobs.c.name)))
        known = {(row.pipeline, row.outcome): read_tally(row.numbers) for row in rows}
        names.update(pipeline for pipeline, _ in known)
        return [
            known.get((name, outcome.value), Tally.zero()).outcome(name, outcome)
            for name in sorted(names)
            for outcome in OUTCOMES
        ]

    def last_successes(self) -> Mapping[str, datetime]:
        return self._latest(schema.jobs.c.last_success_at)

    def last_failures(self) -> Mapping[str, datetime]:
        return self._latest(schema.jobs.c.last_failure_at)

    def read_again(self) -> int:
        with self.database.writing() as connection:
            rereading.begin(connection)
            return rereading.unread(connection)

    def unread(self) -> int:
        with self.database.reading() as connection:
            return rereading.unread(connection)

    def read_some(self, most: int = 200) -> int:
        with self._announcing:
            with self.database.writing() as connection:
                count, delta = rereading.read_some(connection, most)
            self.ledger.announce(delta)
        return count

    def silent_runs(self, now: datetime, awake_since: datetime) -> Sequence[Run]:
        table = schema.runs
        columns = (table.c.document, table.c.shared, table.c.heard_at, table.c.awaited_seconds)
        statement = select(*columns).where(table.c.awaited_seconds.is_not(None))
        with self.database.reading() as connection:
            rows = connection.execute(statement).all()
            silent = [row for row in rows if _is_silent(row, now, awake_since)]
            return list(map(_reader(connection, silent), silent))

    def forget(self, before: datetime) -> int:
        table, limit = schema.runs, to_micros(before)
        old = select(table.c.run_id).where(table.c.aged_at < limit).limit(_RUNS_AT_ONCE)
        forgotten = 0
        while True:
            with self.database.writing() as connection:
                run_ids = list(connection.scalars(old))
                connection.execute(delete(schema.events).where(schema.events.c.run_id.in_(run_ids)))
                connection.execute(delete(outbox).where(outbox.c.lane.in_(run_ids)))
                connection.execute(delete(table).where(table.c.run_id.in_(run_ids)))
                events_deleted(connection)
            forgotten += len(run_ids)
            if len(run_ids) < _RUNS_AT_ONCE:
                break
        with self.database.writing() as connection:
            of_no_run = schema.events.c.run_id.is_(None) & (schema.events.c.received_at < limit)
            others = connection.execute(delete(schema.events).where(of_no_run)).rowcount
            connection.execute(delete(outbox).where(old_letters_of_no_run(limit)))
            events_deleted(connection)
        if forgotten or others:
            forget_unused(self.database)
        return forgotten

    def size_bytes(self) -> int:
        with self.database.reading() as connection:
            return int(connection.scalar(text(self._size)) or 0)

    def ping(self) -> None:
        with self.database.reading() as connection:
            connection.execute(select(1))

    def write_behind(self) -> None:
        with self._announcing:
            if self._behind.stale:
                with self.database.writing() as connection:
                    self._behind.write(connection)
                self._behind.written()

    def close(self) -> None:
        with suppress(StoreUnavailable):
            self.write_behind()
        self.database.close()

    def _latest(self, column: Column[Any]) -> Mapping[str, datetime]:
        name = schema.jobs.c.name
        statement = select(name, func.max(column)).where(column.is_not(None)).group_by(name)
        with self.database.reading() as connection:
            return {pipeline: from_micros(micros) for pipeline, micros in connection.execute(statement)}

    def _write(self, groups: Sequence[Sequence[Arrival]]) -> None:
        arrivals = [arrival for group in groups for arrival in group]
        with self._announcing:
            with self.database.writing() as connection:
                delta = unit_of_work.apply(
                    connection,
                    arrivals,
                    self._destinations,
                    self._known,
                    self._remembered,
                    self._behind,
                )
            self._behind.committed()
            self.ledger.announce(delta)
        if self._behind.much:
            # The events are stored, whatever becomes of this.
            with suppress(StoreUnavailable):
                self.write_behind()


def _page(rows: Sequence[Row[Any]], limit: int, read: Callable[[Row[Any]], Any], *position: str) -> Page[Any]:
    shown = rows[:limit]
    more = len(rows) > limit
    following = cursors.encode(*(shown[-1]._mapping[name] for name in position)) if more else None
    return Page([read(row) for row in shown], following)


def _newest(connection: Connection, job: Row[Any], limit: int) -> list[Run]:
    table = schema.runs
    statement = (
        select(table.c.document, table.c.shared)
        .where(table.c.pipeline == job.name, table.c.namespace == job.namespace)
        .order_by(table.c.listed_at.desc(), table.c.run_id.desc())
        .limit(limit)
    )
    rows = connection.execute(statement).all()
    return list(map(_reader(connection, rows), rows))


def _pipeline(job: Row[Any], runs: list[Run], recent: int) -> Pipeline:
    return Pipeline(
        namespace=job.namespace,
        name=job.name,
        owner=job.owner,
        last_run=runs[0] if runs else None,
        last_success_at=None if job.last_success_at is None else from_micros(job.last_success_at),
        recent=tuple(runs[:recent]),
        runs_total=job.runs_total,
    )


def _reader(
    connection: Connection, rows: Sequence[Row[Any]], brief: bool = False
) -> Callable[[Row[Any]], Run]:
    """Reads runs out of rows with their documents and what these share."""
    told = {} if brief else registers_of(connection, (row.shared for row in rows))
    return lambda row: read_run(row.document, told.get(row.shared), brief)


_JobsByDataset = dict[tuple[str, str, str], list[str]]


def _jobs_of(connection: Connection, names: Sequence[tuple[str, str]]) -> _JobsByDataset:
    table = schema.dataset_jobs
    found: _JobsByDataset = defaultdict(list)
    for row in fetch(connection, whole(table), [table.c.namespace, table.c.name], names):
        found[row.namespace, row.name, row.direction].append(row.job)
    return found


def _with_jobs(row: DatasetRow, jobs: _JobsByDataset) -> Dataset:
    name = (row["namespace"], row["name"])
    return read_dataset(row, jobs.get((*name, "output"), []), jobs.get((*name, "input"), []))


def _is_silent(row: Row[Any], now: datetime, awake_since: datetime) -> bool:
    return deadline(max(from_micros(row.heard_at), awake_since), row.awaited_seconds) <= now

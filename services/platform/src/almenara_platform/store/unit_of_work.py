"""One transaction of the lineage store: what a batch of events touches is read once and written once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from almenara_platform.clock import to_micros
from almenara_platform.lineage.facts import Told
from almenara_platform.lineage.ledger import sql_rows
from almenara_platform.lineage.ledger.known import KnownFacts
from almenara_platform.lineage.ledger.port import Delta
from almenara_platform.outbox import enqueue
from almenara_platform.runs import event as run_event
from almenara_platform.runs.event import RunEvent
from almenara_platform.store import catalog, schema
from almenara_platform.store.access import add, fetch
from almenara_platform.store.behind import WriteBehind
from almenara_platform.store.dataset_rows import DatasetsPart
from almenara_platform.store.gist import Gist
from almenara_platform.store.outbox_table import outbox
from almenara_platform.store.parts import JobsPart, RunsPart, TalliesPart
from almenara_platform.store.remembered import RememberedRows
from almenara_platform.store.shared import SharedPart

Arrival = tuple[dict[str, Any], datetime]
"""A validated event and when it came."""


_FirstAndLast = tuple[catalog.Entry, catalog.Entry]
_DIGESTS = select(schema.events.c.digest)


class _Fresh(NamedTuple):
    event: dict[str, Any]
    received_at: int
    entry: catalog.Entry
    run: RunEvent | None


def apply(
    connection: Connection,
    arrivals: Sequence[Arrival],
    destinations: Sequence[str],
    known: KnownFacts,
    remembered: RememberedRows,
    behind: WriteBehind,
) -> Delta:
    """Store events that were not seen before, and what follows from them, in the open transaction.

    Each of them waits in the outbox for every one of ``destinations`` from then on. ``known``, ``remembered``
    and ``behind`` are what earlier transactions on this database left behind. Returns what the events add
    to the lineage graph.
    """
    behind.begin()
    fresh = _unseen(connection, arrivals)
    if not fresh:
        return Delta()
    remembered.begin(connection)
    shared = SharedPart(connection, (item.entry.gist for item in fresh), remembered)
    add(connection, schema.events, [_event_row(item, shared) for item in fresh])
    if destinations:
        add(connection, outbox, [row for item in fresh for row in _letters(item, destinations)])
    seen = _seen(fresh)
    datasets = DatasetsPart(connection, _dataset_names(seen), remembered, behind.datasets)
    jobs = JobsPart(connection, _job_names(seen), remembered)
    runs = RunsPart(connection, {item.run.run_id for item in fresh if item.run}, shared)
    for first, last in seen:
        for sighting in last.datasets:
            datasets.learn(sighting, first, last)
        if last.job:
            jobs.learn(last.job, last.stamp)
    for item in fresh:
        if item.run:
            runs.learn(item.run, item.received_at)
    changes = runs.write()
    for before, after in changes:
        jobs.follow(before, after)
    jobs.write()
    datasets.write()
    TalliesPart(connection, changes, remembered).write()
    told = [Told(item.entry.stamp[0], item.entry.gist.facts) for item in fresh]
    delta = sql_rows.learn(connection, told, known, remembered, behind.sightings)
    remembered.end(fresh[-1].entry.stamp[1], fresh[-1].received_at)
    return delta


def _unseen(connection: Connection, arrivals: Sequence[Arrival]) -> list[_Fresh]:
    fresh: dict[str, _Fresh] = {}
    for event, received_at in arrivals:
        entry = catalog.read(event)
        name = entry.stamp[1]
        if name not in fresh:
            about_run = run_event.is_run_event(event)
            known = (name, entry.gist.registers, entry.run_id, entry.stamp[0])
            run = run_event.read(event, *known) if about_run else None
            fresh[name] = _Fresh(event, to_micros(received_at), entry, run)
    for row in fetch(connection, _DIGESTS, [schema.events.c.digest], fresh):
        del fresh[row.digest]
    return list(fresh.values())


def _seen(fresh: Sequence[_Fresh]) -> Collection[_FirstAndLast]:
    """The first and the last of the events that say the same, those about runs apart from others."""
    found: dict[tuple[Gist, bool], _FirstAndLast] = {}
    for _, _, entry, run in fresh:
        first, last = found.setdefault((entry.gist, run is None), (entry, entry))
        if entry.stamp < first.stamp:
            found[entry.gist, run is None] = entry, last
        elif entry.stamp > last.stamp:
            found[entry.gist, run is None] = first, entry
    return found.values()


def _event_row(item: _Fresh, shared: SharedPart) -> dict[str, Any]:
    gist = item.entry.gist
    key = shared.key(gist.registers)
    return {
        "digest": item.entry.stamp[1],
        "run_id": item.entry.run_id,
        "heartbeat": item.run is not None and item.run.heartbeat_seconds is not None,
        "received_at": item.received_at,
        "body": gist.own(item.event) if key else gist.body(item.event),
        "shared": key,
    }


def _letters(item: _Fresh, destinations: Sequence[str]) -> list[dict[str, Any]]:
    return enqueue.letters(item.event, item.entry, item.run, item.received_at, destinations)


def _dataset_names(seen: Collection[_FirstAndLast]) -> set[tuple[str, str]]:
    return {(each.namespace, each.name) for _, entry in seen for each in entry.datasets}


def _job_names(seen: Collection[_FirstAndLast]) -> set[tuple[str, str]]:
    return {(entry.job.namespace, entry.job.name) for _, entry in seen if entry.job}

"""One transaction of the lineage store: what a batch of events touches is read once and written once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from operator import attrgetter
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
from almenara_platform.store.outbox_table import outbox
from almenara_platform.store.parts import DatasetsPart, JobsPart, RunsPart, TalliesPart
from almenara_platform.store.remembered import RememberedRows

Arrival = tuple[dict[str, Any], datetime]
"""A validated event and when it came."""


_DIGESTS = select(schema.events.c.digest)
_STAMP = attrgetter("stamp")


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
) -> Delta:
    """Store events that were not seen before, and what follows from them, in the open transaction.

    Each of them waits in the outbox for every one of ``destinations`` from then on. ``known`` and
    ``remembered`` are what earlier transactions on this database left behind. Returns what the events add to
    the lineage graph.
    """
    fresh = _unseen(connection, arrivals)
    if not fresh:
        return Delta()
    remembered.begin(connection)
    add(connection, schema.events, [_event_row(item) for item in fresh])
    if destinations:
        add(connection, outbox, [row for item in fresh for row in _letters(item, destinations)])
    datasets = DatasetsPart(connection, _dataset_names(fresh), remembered)
    jobs = JobsPart(connection, _job_names(fresh), remembered)
    runs = RunsPart(connection, {item.run.run_id for item in fresh if item.run})
    for first, last in _seen(fresh):
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
    delta = sql_rows.learn(connection, told, known, remembered)
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


def _seen(fresh: Sequence[_Fresh]) -> Iterator[tuple[catalog.Entry, catalog.Entry]]:
    """The first and the last of the events that say the same, those about runs apart from others."""
    alike: dict[tuple[int, bool], list[catalog.Entry]] = defaultdict(list)
    for item in fresh:
        alike[id(item.entry.gist), item.run is None].append(item.entry)
    for entries in alike.values():
        yield min(entries, key=_STAMP), max(entries, key=_STAMP)


def _event_row(item: _Fresh) -> dict[str, Any]:
    return {
        "digest": item.entry.stamp[1],
        "run_id": item.entry.run_id,
        "heartbeat": item.run is not None and item.run.heartbeat_seconds is not None,
        "received_at": item.received_at,
        "body": item.entry.gist.body(item.event),
    }


def _letters(item: _Fresh, destinations: Sequence[str]) -> list[dict[str, Any]]:
    return enqueue.letters(item.event, item.entry, item.run, item.received_at, destinations)


def _dataset_names(fresh: Sequence[_Fresh]) -> set[tuple[str, str]]:
    return {(seen.namespace, seen.name) for item in fresh for seen in item.entry.datasets}


def _job_names(fresh: Sequence[_Fresh]) -> set[tuple[str, str]]:
    return {(item.entry.job.namespace, item.entry.job.name) for item in fresh if item.entry.job}

"""Lineage ingest, beside appending the same events with fsync and one transaction a batch.

Ours takes batches as the gateway does: checked, raw events kept, runs folded, schemas, columns and edges
and the graph in memory grown, up to the last of what is written behind. The peer parses the same bodies and
appends the raw events to an SQLite table, both with ``synchronous=FULL``. Events are START and COMPLETE of
runs with ten columns and their lineage; in lines of their own with another number of rows in every run, and
in larger batches.
"""

from __future__ import annotations

import gc
import hashlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import orjson
from tests.bench.measuring import Comparison

from almenara_platform.gateway import openlineage
from almenara_platform.lineage.index import LineageIndex
from almenara_platform.store.sqlite import sqlite_lineage_store

EVENTS, A_BATCH, A_LARGE_BATCH, PIPELINES, COLUMNS = 4000, 100, 500, 100, 10
ROUNDS = 9
AIM_RATIO, AIM_RATE = 0.5, 1000
_NOW = datetime(2026, 3, 1, tzinfo=UTC)


def bodies(a_batch: int = A_BATCH, counted: bool = False) -> list[bytes]:
    """Batches of events as JSON arrays; ``counted``: each run tells how much it wrote."""
    events = [event for run in range(EVENTS // 2) for event in _run(run, counted)]
    return [orjson.dumps(events[start : start + a_batch]) for start in range(0, len(events), a_batch)]


def ours(batches: Sequence[bytes]) -> float:
    """Events per second that are on disk and in the graph."""
    with TemporaryDirectory() as folder:
        store = sqlite_lineage_store(Path(folder) / "lineage.db")
        index = LineageIndex(store.ledger)
        begin = time.perf_counter()
        for body in batches:
            store.apply([openlineage.validate(event) for event in openlineage.parse(body)], _NOW)
        store.write_behind()
        seconds = time.perf_counter() - begin
        assert index.snapshot().columns.nodes == PIPELINES * COLUMNS * 2
        store.close()
    return EVENTS / seconds


def peer(batches: Sequence[bytes]) -> float:
    """Events per second that are appended."""
    with TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "events.db", isolation_level=None)
        for statement in (
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=FULL",
            "CREATE TABLE events (id INTEGER PRIMARY KEY, digest TEXT UNIQUE, run_id TEXT, body BLOB)",
        ):
            connection.execute(statement)
        begin = time.perf_counter()
        for body in batches:
            connection.execute("BEGIN IMMEDIATE")
            rows = [_row(event) for event in orjson.loads(body)]
            connection.executemany("INSERT INTO events (digest, run_id, body) VALUES (?, ?, ?)", rows)
            connection.execute("COMMIT")
        seconds = time.perf_counter() - begin
        connection.close()
    return EVENTS / seconds


def compare() -> Iterator[Comparison]:
    """Events per second."""
    kinds = {
        "lineage ingest": bodies(),
        "with numbers of rows": bodies(counted=True),
        f"{A_LARGE_BATCH} events a batch": bodies(A_LARGE_BATCH),
    }
    # As the platform does when it has started, for both sides.
    gc.collect()
    gc.freeze()
    (first, batches), *others = kinds.items()
    mine, other = _middle(batches)
    met = mine / other >= AIM_RATIO
    yield Comparison(first, mine, other, "events/s", "appending", f"at least {AIM_RATIO}", met, gain="more")
    floor = f"at least {AIM_RATE:,} events/s"
    yield Comparison(first, mine, AIM_RATE, "events/s", "aim", floor, mine >= AIM_RATE, gain="more")
    for what, batches in others:
        yield Comparison(what, *_middle(batches), "events/s", "appending", gain="more")


def _middle(batches: Sequence[bytes]) -> tuple[float, float]:
    """Ours and the peer's in the round whose ratio is the median."""
    pairs = [(ours(batches), peer(batches)) for _ in range(ROUNDS)]
    return sorted(pairs, key=lambda pair: pair[0] / pair[1])[ROUNDS // 2]


def _row(event: dict[str, Any]) -> tuple[str, str, bytes]:
    text = orjson.dumps(event, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(text, digest_size=16).hexdigest(), event["run"]["runId"], text


def _run(number: int, counted: bool) -> Iterator[dict[str, Any]]:
    pipeline = number % PIPELINES
    fields = [{"name": f"column_{n}", "type": "string"} for n in range(COLUMNS)]
    source = {"namespace": "bench", "name": f"source_{pipeline}"}
    edges = {
        field["name"]: {"inputFields": [source | {"field": field["name"], "transformations": [_IDENTITY]}]}
        for field in fields
    }
    target = {"schema": {"fields": fields}, "columnLineage": {"fields": edges}}
    for kind, seconds in (("START", 0), ("COMPLETE", 30)):
        output = {"namespace": "bench", "name": f"target_{pipeline}", "facets": target}
        if counted and kind == "COMPLETE":
            statistics = {"rowCount": 1000 + number, "size": 77 * number}
            output |= {"outputFacets": {"outputStatistics": statistics}}
        yield {
            "eventType": kind,
            "eventTime": (_NOW + timedelta(seconds=number + seconds)).isoformat(),
            "producer": "https://example.org/bench",
            "run": {"runId": str(UUID(int=number + 1))},
            "job": {"namespace": "bench", "name": f"pipeline_{pipeline}"},
            "inputs": [source | {"facets": {"schema": {"fields": fields}}}],
            "outputs": [output],
        }


_IDENTITY = {"type": "DIRECT", "subtype": "IDENTITY"}

"""Retention by size in PostgreSQL, where deleting rows makes no file smaller."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from prometheus_client import CollectorRegistry
from tests.contract.postgres import database, server
from tests.platform.events import NOON, at, whole_run

from almenara_platform.housekeeping import Retention
from almenara_platform.metrics.own import OwnMetrics
from almenara_platform.store.port import RunQuery
from almenara_platform.store.postgres import postgres_lineage_store
from almenara_platform.store.sql import SqlLineageStore

pytestmark = pytest.mark.docker

HOURS, RUNS_AN_HOUR, FACET_BYTES = 48, 4, 30_000


@pytest.fixture
def store() -> Iterator[SqlLineageStore]:
    """A store in a database of its own."""
    with server() as address:
        opened = postgres_lineage_store(database(address))
        yield opened
        opened.close()


def fill(store: SqlLineageStore) -> None:
    """Runs of two days, each with a facet that does not compress."""
    random = Random(1)
    for number in range(HOURS * RUNS_AN_HOUR):
        seconds = number // RUNS_AN_HOUR * 3600
        events = whole_run(str(UUID(int=number + 1)), start=seconds)
        for event in events:
            event["run"]["facets"]["noise"] = {"text": random.randbytes(FACET_BYTES // 2).hex()}
        store.apply(events, at(seconds))


def test_retention_by_size_stops_when_it_is_enough(store: SqlLineageStore) -> None:
    """Half of the data goes when it takes twice the room, and not all of it but the last hour."""
    empty = store.size_bytes()
    fill(store)
    limit = empty + (store.size_bytes() - empty) // 2
    now = NOON + timedelta(hours=HOURS)
    metrics = OwnMetrics(CollectorRegistry())
    Retention({"lineage": store}, timedelta(days=35), limit, lambda: now, metrics)()
    left = store.runs(RunQuery(limit=1000)).items
    assert store.size_bytes() <= limit
    assert HOURS * RUNS_AN_HOUR / 4 < len(left) < HOURS * RUNS_AN_HOUR * 3 / 4
    assert UUID(left[0].run_id).int > (HOURS - 1) * RUNS_AN_HOUR

"""Counting records by the batch, against counting and sizing each of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat

from prometheus_client import CollectorRegistry, Counter, Histogram
from tests.bench.measuring import Comparison, medians

import almenara
from almenara.testing import capture

BATCH = 1_000
BATCHES = 1_000
NAIVE_RECORDS = 50_000
RECORD = {"household_id": 900, "store_id": 330, "product_id": 1095275, "quantity": 1, "sales_value": 0.5}


def compare() -> Iterator[Comparison]:
    """Microseconds a record: `stage.processed` a batch of 1000, and the naive way."""
    registry = CollectorRegistry()
    events = Counter("events", "Records.", ["pipeline", "stage"], registry=registry)
    sizes = Histogram("sizes", "Bytes.", ["pipeline"], buckets=(100, 1000, 10_000), registry=registry)

    def naive() -> None:
        for record in repeat(RECORD, NAIVE_RECORDS):
            events.labels("ventas", "load").inc()
            sizes.labels("ventas").observe(len(str(record)))

    with capture(log_level="ERROR"), almenara.Pipeline("ventas").run() as run, run.stage("load") as stage:

        def batched() -> None:
            for _ in repeat(None, BATCHES):
                stage.processed(BATCH, bytes=BATCH * 100)

        ours, peer = medians(batched, naive)
    ours, peer = ours / (BATCH * BATCHES) * 1e6, peer / NAIVE_RECORDS * 1e6
    aim, met = "at least 150x less", peer / ours >= 150
    yield Comparison(
        "metrics a record", ours, peer, "µs", "labels().inc() and observe(len(str(r)))", aim, met
    )

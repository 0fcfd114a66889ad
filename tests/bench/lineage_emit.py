"""A lineage event on the caller's path, against the HTTP transport of openlineage-python."""

from __future__ import annotations

import contextlib
import logging
import tempfile
import time
from collections.abc import Callable, Iterator

from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import RunEvent
from openlineage.client.transport.http import HttpConfig, HttpTransport
from opentelemetry.sdk.resources import Resource
from tests.bench.measuring import Comparison, percentile
from tests.bench.servers import RemoteBackend
from tests.sdk.signals import event

from almenara.settings import TABLE, load
from almenara.sink import Sink, build

EVENTS = 3_000
PAUSE_SECONDS = 0.0005


def compare() -> Iterator[Comparison]:
    """Milliseconds that the caller waits: our 99th percentile, and one event of the peer."""
    for name in ("openlineage", "almenara"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    for what, illness in (("a refused port", "refuse"), ("a hung server", "hang")):
        with RemoteBackend() as backend, tempfile.TemporaryDirectory() as spool:
            backend.tell(illness)
            sink = _sink(backend.url, spool)
            ours = percentile([_timed(sink.lineage, event(n)) for n in range(EVENTS)], 0.99)
            peer = _timed(_client(backend.url), event())
            sink.close(0.0)
        met = ours <= 2.0
        yield Comparison(
            f"lineage event to {what}, p99", ours, peer, "ms", "openlineage http", "at most 2 ms", met
        )


def _timed(emit: Callable[[RunEvent], object], given: RunEvent) -> float:
    started = time.perf_counter()
    # the peer raises in the end; only its time counts
    with contextlib.suppress(Exception):
        emit(given)
    took = time.perf_counter() - started
    time.sleep(PAUSE_SECONDS)
    return took * 1000


def _sink(url: str, spool: str) -> Sink:
    return build(load(TABLE, runtime={"lineage_url": url, "spool_dir": spool}, environ={}), Resource({}))


def _client(url: str) -> Callable[[RunEvent], object]:
    return OpenLineageClient(transport=HttpTransport(HttpConfig(url=url))).emit

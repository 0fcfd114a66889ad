"""A burst of 30,000 spans, against the batch processor of the OpenTelemetry SDK with its defaults."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Tracer
from tests.bench.measuring import Comparison
from tests.bench.servers import RemoteBackend

from almenara.runtime import Telemetry
from almenara.settings import TABLE, load

SPANS = 30_000
DOWN_SECONDS = float(os.environ.get("ALMENARA_BENCH_DOWN_SECONDS", "60"))
PATIENCE_SECONDS = 60.0


def compare() -> Iterator[Comparison]:
    """Spans that arrive at a healthy server, and at one that is down when they are made and a minute more."""
    for name in ("opentelemetry", "almenara"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with RemoteBackend() as ours, RemoteBackend() as peer:
        yield _compared("a healthy server", ours, peer, lambda: None, lambda: None)
    with RemoteBackend() as ours, RemoteBackend() as peer:

        def down() -> None:
            ours.tell("refuse"), peer.tell("refuse")

        def recover() -> None:
            time.sleep(DOWN_SECONDS)
            ours.tell("recover"), peer.tell("recover")

        yield _compared(f"a server down for {DOWN_SECONDS:g} s", ours, peer, down, recover)


def _compared(
    what: str,
    ours: RemoteBackend,
    peer: RemoteBackend,
    before: Callable[[], object],
    after: Callable[[], object],
) -> Comparison:
    with _almenara(ours.url) as mine, _batch_processor(peer.url) as theirs:
        before()
        _burst(mine)
        _burst(theirs)
        after()
        kept, kept_by_peer = _arrived(ours), _arrived(peer)
    what = f"spans of {SPANS:,} that arrive at {what}"
    met, aim = kept == SPANS, f"0 lost, lost {SPANS - kept:,}"
    return Comparison(what, kept, kept_by_peer, "spans", "the SDK's default", aim, met, gain="more")


def _burst(tracer: Tracer) -> None:
    for number in range(SPANS):
        with tracer.start_as_current_span(f"span-{number}"):
            pass


def _arrived(backend: RemoteBackend) -> int:
    """How many arrived, once no more come for 12 seconds or all are there."""
    seen, last = backend.spans, time.monotonic()
    ends = last + PATIENCE_SECONDS
    while seen < SPANS and time.monotonic() < ends and time.monotonic() - last < 12:
        time.sleep(0.2)
        if (now := backend.spans) > seen:
            seen, last = now, time.monotonic()
    return seen


@contextmanager
def _almenara(url: str) -> Iterator[Tracer]:
    with tempfile.TemporaryDirectory() as spool:
        settings = load(
            TABLE,
            runtime={"url": url, "spool_dir": spool, "auto_instrument": [], "capture_logging": False},
            environ={},
        )
        telemetry = Telemetry(settings, write_line=lambda line: None)
        try:
            yield telemetry.tracer
        finally:
            telemetry.shutdown(1.0)


@contextmanager
def _batch_processor(url: str) -> Iterator[Tracer]:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{url}/v1/traces")))
    try:
        yield provider.get_tracer("peer")
    finally:
        provider.shutdown()

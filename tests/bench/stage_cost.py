"""A stage with log, metrics, span and lineage, counted in bare spans of the OpenTelemetry SDK."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from itertools import repeat

from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from tests.bench.measuring import Comparison, medians

import almenara
from almenara.runtime import Telemetry, replaced_by
from almenara.settings import TABLE, load
from almenara.sink import NoopSink
from almenara.testing import StillPulse

STAGES = 1_000
ROUNDS = 9


def compare() -> Iterator[Comparison]:
    """Microseconds of the processor a stage, and a sampled span with a processor that does nothing."""
    tracer = TracerProvider(shutdown_on_exit=False)
    tracer.add_span_processor(SpanProcessor())
    bare_tracer = tracer.get_tracer("bare")
    settings = load(TABLE, runtime={"service": "bench", "auto_instrument": []}, environ={})

    def bare() -> None:
        for _ in repeat(None, STAGES):
            with bare_tracer.start_as_current_span("load"):
                pass

    with open(os.devnull, "w") as null:  # noqa: PTH123 - a device, not a file
        telemetry = Telemetry(settings, sink=NoopSink(), pulse=StillPulse(), write_line=null.write)

        def stages() -> None:
            with almenara.Pipeline("ventas").run() as run:
                for _ in repeat(None, STAGES):
                    with run.stage("load") as stage:
                        stage.processed(1_000)

        with replaced_by(telemetry):
            ours, peer = (value / STAGES * 1e6 for value in medians(stages, bare, ROUNDS, time.process_time))
    aim, met = "at most 8x", ours / peer <= 8
    yield Comparison("one stage", ours, peer, "µs", "a bare sampled span", aim, met, gain="more")

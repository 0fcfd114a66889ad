"""One JSON line a log call, against loguru's own serialize=True."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from itertools import repeat

from loguru import logger
from tests.bench.measuring import Comparison, medians

from almenara.runtime import Telemetry, replaced_by
from almenara.settings import TABLE, load
from almenara.sink import NoopSink

LINES = 2_000
ROUNDS = 15


def compare() -> Iterator[Comparison]:
    """Microseconds of the processor a line with four fields, written to the null device."""
    settings = load(TABLE, runtime={"service": "bench", "auto_instrument": []}, environ={})
    with (
        open(os.devnull, "w") as null,  # noqa: PTH123 - a device, not a file
        replaced_by(Telemetry(settings, sink=NoopSink(), write_line=null.write)) as telemetry,
    ):
        telemetry.suspend()

        def ours() -> None:
            telemetry.resume()
            try:
                write_lines()
            finally:
                telemetry.suspend()

        def peer() -> None:
            handler = logger.add(null.write, serialize=True)
            try:
                write_lines()
            finally:
                logger.remove(handler)

        logger.remove()
        mine, other = (value / LINES * 1e6 for value in medians(ours, peer, ROUNDS, time.process_time))
    aim, met = "at least 2.3x faster", other / mine >= 2.3
    yield Comparison("JSON log line", mine, other, "µs", "loguru serialize=True", aim, met)


def write_lines() -> None:
    """Log as a job does."""
    for _ in repeat(None, LINES):
        logger.info(
            "stage_completed", records_processed=1000, duration_sec=0.5, throughput_rps=2000.0, table="sales"
        )

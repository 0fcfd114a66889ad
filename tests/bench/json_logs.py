"""One JSON line a log call, against loguru's own serialize=True."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import repeat

from loguru import logger
from tests.bench.measuring import ROUNDS, Comparison, medians

from almenara.runtime import Telemetry, replaced_by
from almenara.settings import TABLE, load
from almenara.sink import NoopSink

LINES = 5_000


def compare() -> Iterator[Comparison]:
    """Microseconds a line with five fields, written to the null device."""
    settings = load(TABLE, runtime={"service": "bench", "auto_instrument": []}, environ={})
    with open(os.devnull, "w") as null:  # noqa: PTH123 - a device, not a file

        def ours() -> None:
            with replaced_by(Telemetry(settings, sink=NoopSink(), write_line=null.write)):
                write_lines()

        def peer() -> None:
            handler = logger.add(null.write, serialize=True)
            try:
                write_lines()
            finally:
                logger.remove(handler)

        logger.remove()
        mine, other = (value / LINES * 1e6 for value in medians(ours, peer, ROUNDS))
    aim, met = "at least 2.3x faster", other / mine >= 2.3
    yield Comparison("JSON log line", mine, other, "µs", "loguru serialize=True", aim, met)


def write_lines() -> None:
    """Log as a job does."""
    for _ in repeat(None, LINES):
        logger.info(
            "stage_completed", records_processed=1000, duration_sec=0.5, throughput_rps=2000.0, table="sales"
        )

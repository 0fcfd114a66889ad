"""A gauge that asks a function which may fail."""

from __future__ import annotations

import math
from collections.abc import Callable

from prometheus_client import Gauge

from almenara.guard import report


class AskingGauge(Gauge):
    """NaN while its function fails, as of a queue that is away: one value must not cost all the others."""

    def set_function(self, f: Callable[[], float]) -> None:
        """Ask ``f`` at each scrape."""
        super().set_function(lambda: _asked(f))


def _asked(function: Callable[[], float]) -> float:
    try:
        return float(function())
    except Exception as error:  # noqa: BLE001 - whatever a queue or a disk does, the metrics are shown
        report("metrics", error)
        return math.nan

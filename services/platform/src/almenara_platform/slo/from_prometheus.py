"""SLIs from Prometheus: recorded ratios for the status, queries hour by hour for the history."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from almenara_platform.promql.port import PrometheusApi
from almenara_platform.slo.measured import Measured, Pieces, Spent
from almenara_platform.slo.model import Slo
from almenara_platform.slo.port import Standing
from almenara_platform.slo.query import with_window
from almenara_platform.slo.sli import EventRatio, RawQuery

_PREFIX = "slo:sli_error:ratio_rate"
STEP = timedelta(hours=1)
_WINDOW = "1h"


class PrometheusSource:
    """Asks Prometheus; for event ratios and raw PromQL, which no run record knows of."""

    def __init__(self, prometheus: PrometheusApi) -> None:
        self._prometheus = prometheus

    def standing(self, slo: Slo, now: datetime) -> Standing:
        """The recorded ratio of each window."""
        query = f'{{__name__=~"{_PREFIX}.+",slo_id="{slo.id}"}}'
        samples = self._prometheus.instant(query, now)
        return Standing({sample.labels["slo_window"]: sample.value for sample in samples})

    def measured(self, slo: Slo, since: datetime, until: datetime) -> Measured:
        """Whole hours up to ``until``, as far back as Prometheus remembers; nothing without it.

        Each hour is a good and a bad piece: events for an event ratio, seconds for a raw one.
        """
        if self._prometheus.missing() or until - since < STEP:
            return Pieces(())
        hours = (until - since) // STEP
        return Pieces(tuple(self._pieces(slo, until - (hours - 1) * STEP, until)))

    def missing(self, slo: Slo) -> str:
        """Prometheus must be there."""
        return self._prometheus.missing()

    def _pieces(self, slo: Slo, first: datetime, last: datetime) -> Iterator[Spent]:
        for at, bad, total in self._hours(slo, first, last):
            spent = min(bad, total)
            if spent > 0:
                yield Spent(at - STEP, at, spent, True, None)
            if spent < total:
                yield Spent(at - STEP, at, total - spent, False, None)

    def _hours(self, slo: Slo, first: datetime, last: datetime) -> Iterator[tuple[datetime, float, float]]:
        """For each hour that has something to count, its end, what was bad and all of it."""
        seconds = STEP.total_seconds()
        if isinstance(slo.sli, RawQuery):
            for at, ratio in self._values(slo.sli.error_ratio_query, first, last).items():
                yield datetime.fromtimestamp(at, UTC), ratio * seconds, seconds
        elif isinstance(slo.sli, EventRatio):
            bad = self._values(slo.sli.error_query, first, last)
            total = self._values(slo.sli.total_query, first, last)
            for at in sorted(bad.keys() | total.keys()):
                failed = bad.get(at, 0.0)
                # What fails before it is counted is in no total.
                if (rate := max(total.get(at, 0.0), failed)) > 0:
                    yield datetime.fromtimestamp(at, UTC), failed * seconds, rate * seconds

    def _values(self, query: str, first: datetime, last: datetime) -> dict[float, float]:
        """The query over each hour, by the hour's end; what is not a number is left out."""
        found: dict[float, float] = defaultdict(float)
        for series in self._prometheus.range(with_window(query, _WINDOW), first, last, STEP.total_seconds()):
            for at, value in series.points:
                if math.isfinite(value):
                    found[at] += value
        return dict(sorted(found.items()))

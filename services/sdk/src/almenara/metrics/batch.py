"""A histogram that takes a whole batch in one step."""

from __future__ import annotations

from bisect import bisect_left

from prometheus_client import Histogram


class BatchHistogram(Histogram):
    """Counts ``count`` observations of one size at the price of one."""

    def observe_batch(self, total: float, count: int) -> None:
        """``count`` observations that sum up to ``total``, all put into the bucket of their mean."""
        bucket = bisect_left(self._upper_bounds, total / count)
        self._sum.inc(total)
        self._buckets[bucket].inc(count)

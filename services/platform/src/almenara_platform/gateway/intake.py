"""Where checked signals go in, and how many did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from almenara_platform.clock import Clock
from almenara_platform.metrics.own import OwnMetrics
from almenara_platform.store.port import LineageStore


@dataclass(frozen=True, slots=True)
class Intake:
    """The way into the stores. Each method returns once its signals are on disk."""

    lineage_store: LineageStore
    metrics: OwnMetrics
    clock: Clock

    def lineage(self, events: Sequence[dict[str, Any]]) -> None:
        """Store validated OpenLineage events."""
        self.lineage_store.apply(events, self.clock())
        self.metrics.accepted("lineage", len(events))

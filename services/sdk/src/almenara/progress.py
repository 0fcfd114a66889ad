"""What a run has done so far, and when it is time to tell."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from almenara.quality import CheckResult

if TYPE_CHECKING:
    from almenara.stage import Stage

# An event carries the whole list, so a run with a stage a file must not grow it without bound.
MAX_STAGES = 1_000
MAX_QUALITY = 5_000
LEAST_SECONDS_BETWEEN = 0.5


class Progress:
    """Stages and quality results of a run; ``heartbeat_seconds`` 0 stands for no heartbeats."""

    def __init__(self, attempt: int, heartbeat_seconds: float) -> None:
        self.attempt = attempt
        self._heartbeat_seconds = heartbeat_seconds
        self._stages: list[Stage] = []
        self._quality: list[dict[str, Any]] = []
        self._open: set[Stage] = set()
        self._changed = False
        self._told: float | None = None

    def add_stage(self, stage: Stage) -> None:
        """Take a stage that begins."""
        if len(self._stages) < MAX_STAGES:
            self._stages.append(stage)
        self._open.add(stage)
        self._changed = True

    def remove_open(self, stage: Stage) -> None:
        """Take note of a stage that ended."""
        self._open.discard(stage)
        self._changed = True

    def add_quality(self, results: Iterable[CheckResult]) -> None:
        """Take quality results; one without a threshold has ``passed`` null."""
        new = [_quality(result) for result in results]
        self._quality += new[: MAX_QUALITY - len(self._quality)]
        self._changed = True

    def touch(self) -> None:
        """There is news."""
        self._changed = True

    def flush_stages(self) -> None:
        """Bring the counts of open stages into the metrics."""
        for stage in list(self._open):
            stage.flush()

    def due(self, now: float) -> bool | None:
        """True when a heartbeat is due, False when only news is, None when neither is."""
        elapsed = LEAST_SECONDS_BETWEEN if self._told is None else now - self._told
        first = self._told is None
        heartbeat = self._heartbeat_seconds > 0 and (first or elapsed >= self._heartbeat_seconds)
        if not heartbeat and not (self._changed and elapsed >= LEAST_SECONDS_BETWEEN):
            return None
        self._told = now
        self._changed = False
        return heartbeat

    def as_facet(self, heartbeat: bool) -> dict[str, Any]:
        """The fields of ``almenara_run``."""
        return {
            "heartbeat": heartbeat,
            "heartbeatSeconds": math.ceil(self._heartbeat_seconds) or None,
            "attempt": self.attempt,
            "stages": [stage.as_facet() for stage in list(self._stages)],
            "quality": list(self._quality),
        }


def _quality(result: CheckResult) -> dict[str, Any]:
    return {
        "table": result.table,
        "check": result.check,
        "column": result.column,
        "value": result.value,
        "passed": result.passed if result.expected else None,
    }

"""Histories of runs: into a store as events, and as the series that Prometheus would have scraped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from tests.platform.events import NOON, progress, run_event

from almenara_platform.store.memory import MemoryLineageStore

SAMPLE = 300
"""Seconds between two samples."""


@dataclass(frozen=True)
class Past:
    """One run that ended: hours after the beginning, minutes it took, how, its score if any."""

    hour: float
    minutes: float = 10
    outcome: str = "COMPLETE"
    score: float | None = 99

    @property
    def end(self) -> float:
        """Seconds from the beginning to its end."""
        return self.hour * 3600 + self.minutes * 60


def stored(runs: list[Past]) -> MemoryLineageStore:
    """A store that was told of these runs; the beginning is NOON."""
    store = MemoryLineageStore()
    for number, past in enumerate(runs, start=1):
        run_id = str(UUID(int=number))
        quality = [{"table": "sales", "check": "score", "column": None, "value": past.score, "passed": None}]
        facets = progress(quality=quality)
        start = run_event("START", past.hour * 3600, run_id=run_id)
        end = run_event(past.outcome, past.end, run_id=run_id, facets=facets)
        store.apply([start, end], NOON + timedelta(seconds=past.end))
    return store


def series(runs: list[Past], hours: int) -> dict[str, str]:
    """What Prometheus has of these runs after so many hours, at one sample every five minutes."""
    times = range(0, hours * 3600 + 1, SAMPLE)
    labels = 'pipeline="ventas_etl",outcome='
    found: dict[str, list[float | None]] = {}
    for outcome in ("complete", "fail"):
        own = [past for past in runs if past.outcome.lower() == outcome]
        fast = [past for past in own if past.minutes <= 30]
        for name, counted in (
            (f'pipeline_runs_total{{{labels}"{outcome}"}}', own),
            (f'pipeline_run_duration_seconds_count{{{labels}"{outcome}"}}', own),
            (f'pipeline_run_duration_seconds_bucket{{{labels}"{outcome}",le="1800.0"}}', fast),
        ):
            found[name] = [sum(past.end <= at for past in counted) for at in times]
    successes = [past for past in runs if past.outcome == "COMPLETE"]
    found['pipeline_last_success_timestamp_seconds{pipeline="ventas_etl"}'] = [
        max((past.end for past in successes if past.end <= at), default=None) for at in times
    ]
    found['data_quality_score{pipeline="ventas_etl",table="sales",check_type="overall"}'] = [
        next((past.score for past in reversed(runs) if past.end <= at), None) for at in times
    ]
    return {
        name: " ".join("_" if value is None else f"{value:g}" for value in values)
        for name, values in found.items()
    }

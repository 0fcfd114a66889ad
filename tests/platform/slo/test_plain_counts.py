"""Objectives by plain counting, run by run and minute by minute: what the columns must come to as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.platform.events import NOON, progress, run_event

from almenara_platform.slo.duration import parse_duration
from almenara_platform.slo.from_runs import RunRecordSource
from almenara_platform.slo.model import ALL_PIPELINES, Origin, Slo
from almenara_platform.slo.sli import Freshness, LatencyThreshold, QualityThreshold, RunRatio, Sli
from almenara_platform.slo.windows import recorded_windows
from almenara_platform.store.memory import MemoryLineageStore
from almenara_platform.store.port import LineageStore

PIPELINES = ("ventas_etl", "other")
LAST_MINUTE = 600
DURATIONS = (0, 44, 45, 46, 90)
MINUTE, PROMISED_MINUTES, PROMISED_SCORE = 60, 45, 95


@dataclass(frozen=True)
class Told:
    """One run that ended, in minutes after noon; its start may be unknown."""

    number: int
    pipeline: str
    end: int
    minutes: int | None
    outcome: str
    scores: dict[str, float]

    @property
    def bad(self) -> bool:
        """Whether it did not complete."""
        return self.outcome != "COMPLETE"

    def tell(self, store: LineageStore) -> None:
        """Bring its events."""
        run_id = str(UUID(int=self.number + 1))
        quality = [
            {"table": table, "check": "score", "column": None, "value": score, "passed": None}
            for table, score in self.scores.items()
        ]
        facets = progress(quality=quality)
        name = {"run_id": run_id, "pipeline": self.pipeline}
        events = [run_event(self.outcome, self.end * MINUTE, facets=facets, **name)]
        if self.minutes is not None:
            events.insert(0, run_event("START", (self.end - self.minutes) * MINUTE, **name))
        store.apply(events, at(self.end))


def at(minute: int) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=minute)


HISTORIES = st.lists(
    st.builds(
        Told,
        number=st.just(0),
        pipeline=st.sampled_from(PIPELINES),
        end=st.integers(0, LAST_MINUTE),
        minutes=st.none() | st.sampled_from(DURATIONS),
        outcome=st.sampled_from(["COMPLETE", "COMPLETE", "FAIL", "ABORT"]),
        scores=st.dictionaries(
            st.sampled_from(["sales", "stores"]), st.sampled_from([0.0, 94.9, 95.0, 100.0])
        ),
    ),
    max_size=12,
    # Which of two at one moment was the last is nobody's promise.
    unique_by=lambda told: told.end,
).map(lambda found: [replace(told, number=number) for number, told in enumerate(found)])

Count = tuple[float, float]
"""What was bad, and all of it."""


def count_runs(runs: Sequence[Told], since: int, until: int) -> Count:
    """Runs by their end."""
    ended = [told for told in runs if since < told.end <= until]
    return sum(told.bad for told in ended), len(ended)


def count_slow(runs: Sequence[Told], since: int, until: int) -> Count:
    """Runs whose duration is known."""
    ended = [told for told in runs if since < told.end <= until and told.minutes is not None]
    return sum(told.bad or (told.minutes or 0) > PROMISED_MINUTES for told in ended), len(ended)


def count_stale(runs: Sequence[Told], since: int, until: int) -> Count:
    """Seconds by whole minutes since the first success."""
    ages = []
    for minute in range(since, until):
        ends = [told.end for told in runs if not told.bad and told.end <= minute]
        ages += [minute - max(ends)] if ends else []
    return MINUTE * sum(age >= PROMISED_MINUTES for age in ages), MINUTE * len(ages)


def count_dirty(runs: Sequence[Told], since: int, until: int, table: str | None = None) -> Count:
    """Seconds by whole minutes since the first score, by the last score of the worst table."""
    lowest = []
    for minute in range(since, until):
        last: dict[str, float] = {}
        for told in sorted(runs, key=lambda told: told.end):
            if told.end <= minute:
                last |= {name: score for name, score in told.scores.items() if table in (None, name)}
        lowest += [min(last.values())] if last else []
    return MINUTE * sum(score < PROMISED_SCORE for score in lowest), MINUTE * len(lowest)


KINDS: dict[str, tuple[Sli, Callable[[Sequence[Told], int, int], Count]]] = {
    "runs": (RunRatio(), count_runs),
    "duration": (LatencyThreshold(PROMISED_MINUTES * MINUTE), count_slow),
    "freshness": (Freshness(PROMISED_MINUTES * MINUTE), count_stale),
    "quality": (QualityThreshold(PROMISED_SCORE), count_dirty),
    "quality of a table": (
        QualityThreshold(PROMISED_SCORE, "sales"),
        lambda runs, since, until: count_dirty(runs, since, until, "sales"),
    ),
}


def promised(kind: str, pipeline: str) -> Slo:
    """An objective of the kind."""
    return Slo(pipeline, kind, 99, KINDS[kind][0], Origin(Path("test.yaml"), 1), period="7d")


def own(runs: Sequence[Told], pipeline: str) -> list[Told]:
    """The runs that an objective of the pipeline counts."""
    return [told for told in runs if pipeline in (ALL_PIPELINES, told.pipeline)]


@pytest.mark.parametrize("kind", KINDS)
@given(
    runs=HISTORIES,
    pipeline=st.sampled_from((*PIPELINES, ALL_PIPELINES)),
    window=st.tuples(st.integers(-30, LAST_MINUTE), st.integers(1, 300)),
)
@settings(max_examples=60)
def test_a_window_is_what_a_plain_count_says(
    kind: str, runs: list[Told], pipeline: str, window: tuple[int, int]
) -> None:
    """Bad and all of it, of each kind, for any runs and any window."""
    since, until = window[0], window[0] + window[1]
    store = MemoryLineageStore()
    for told in runs:
        told.tell(store)
    measured = RunRecordSource(store).measured(promised(kind, pipeline), at(since), at(until))
    bad, total = KINDS[kind][1](own(runs, pipeline), since, until)
    assert (measured.bad, measured.total) == (bad, total)
    assert sum(piece.amount for piece in measured.costs) == bad


@pytest.mark.parametrize("kind", KINDS)
@given(runs=HISTORIES, now=st.integers(0, LAST_MINUTE))
@settings(max_examples=30)
def test_every_window_of_a_look_is_what_a_plain_count_says(kind: str, runs: list[Told], now: int) -> None:
    """The error ratios of the standing are those of each window counted by itself."""
    store = MemoryLineageStore()
    for told in runs:
        told.tell(store)
    ratios = RunRecordSource(store).standing(promised(kind, "ventas_etl"), at(now)).error_ratios
    first = min((told.end for told in runs), default=now)
    for window in recorded_windows("7d") if ratios else ():
        # Nothing is known from before the first run, and the minutes of a week are many.
        since = max(now - parse_duration(window) // MINUTE, first - 1)
        bad, total = KINDS[kind][1](own(runs, "ventas_etl"), since, now)
        assert ratios[window] == pytest.approx(bad / total if total else 0)


@given(
    runs=HISTORIES,
    steps=st.lists(st.integers(0, 3), max_size=12),
    forgotten=st.integers(0, LAST_MINUTE),
    corrected=st.sampled_from(["COMPLETE", "FAIL"]),
)
@settings(max_examples=80)
def test_what_is_kept_is_never_behind_the_store(
    runs: list[Told], steps: list[int], forgotten: int, corrected: str
) -> None:
    """Whatever came, was corrected or was forgotten since the last look, a look says what a first does."""
    store = MemoryLineageStore()
    kept, waiting, told = RunRecordSource(store), list(runs), list[Told]()
    for step in steps:
        if step == 0 and told:
            run_id, half_past = str(UUID(int=told[-1].number + 1)), told[-1].end + 0.5
            store.apply([run_event(corrected, half_past * MINUTE, run_id=run_id)], NOON)
        elif step == 1:
            store.forget(at(forgotten))
        elif waiting:
            told.append(waiting.pop())
            told[-1].tell(store)
        for kind in KINDS:
            slo = promised(kind, PIPELINES[step % 2] if step < 3 else ALL_PIPELINES)
            now = at(LAST_MINUTE)
            assert kept.standing(slo, now) == RunRecordSource(store).standing(slo, now)

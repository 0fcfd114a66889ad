"""The lineage store in memory: for tests and for looking around; gone with the process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from threading import RLock
from typing import Any

from almenara_platform import cursor
from almenara_platform.clock import EPOCH, to_micros
from almenara_platform.lineage import facts
from almenara_platform.lineage.ledger.memory import MemoryLineageLedger
from almenara_platform.page import Page
from almenara_platform.runs import event as run_event
from almenara_platform.runs.fold import RunFold
from almenara_platform.runs.identity import digest
from almenara_platform.runs.model import Column, Dataset, Pipeline, Run, RunState
from almenara_platform.runs.outcomes import OUTCOMES, Outcome, Tally, ending
from almenara_platform.runs.projection import project
from almenara_platform.runs.silence import deadline
from almenara_platform.store import catalog
from almenara_platform.store.port import Changes, RunQuery

JobName = tuple[str, str]


@dataclass(slots=True)
class _KnownJob:
    owner: tuple[catalog.Stamp, str] | None = None
    runs: int = 0


@dataclass(slots=True)
class _KnownDataset:
    first_seen: datetime
    last_seen: datetime
    schema: tuple[catalog.Stamp, tuple[Column, ...]] | None = None
    run: tuple[catalog.Stamp, str] | None = None
    jobs: set[tuple[str, str]] = field(default_factory=set)


@dataclass(slots=True)
class _KnownRun:
    fold: RunFold
    run: Run
    heard_at: datetime
    arrival: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)


class MemoryLineageStore:
    """A ``LineageStore`` of plain dictionaries."""

    def __init__(self) -> None:
        self.ledger = MemoryLineageLedger()
        self._lock = RLock()
        self._digests: set[str] = set()
        self._runs: dict[str, _KnownRun] = {}
        self._jobs: dict[JobName, _KnownJob] = {}
        self._datasets: dict[tuple[str, str], _KnownDataset] = {}
        self._tallies: dict[tuple[str, RunState], Tally] = {}
        self._arrivals = 0

    def apply(self, events: Sequence[dict[str, Any]], received_at: datetime) -> None:
        with self._lock:
            fresh = list(self._unseen(events))
            for event in fresh:
                self._learn(event, received_at)
            self.ledger.learn([facts.read(event) for event in fresh])
            for tally in self._tallies.values():
                tally.settle()

    def run(self, run_id: str) -> Run | None:
        with self._lock:
            known = self._runs.get(run_id.lower())
            if known:
                return known.run
            namesakes = [k.run for k in self._runs.values() if k.run.original_run_id == run_id]
            return max(namesakes, key=_position, default=None)

    def runs(self, query: RunQuery) -> Page[Run]:
        after = tuple(cursor.decode(query.cursor, int, str)) if query.cursor else None
        with self._lock:
            found = sorted(
                (k.run for k in self._runs.values() if _matches(k.run, query)), key=_position, reverse=True
            )
        rest = [run for run in found if after is None or _position(run) < after]
        page = [_brief(run) if query.brief else run for run in rest[: query.limit]]
        return Page(page, cursor.encode(*_position(page[-1])) if len(rest) > len(page) else None)

    def changes(self, position: str = "") -> Changes:
        with self._lock:
            since = int(position or self._arrivals)
            changed = [run_id for run_id, known in self._runs.items() if known.arrival > since]
            oldest = min(map(_aged_at, self._runs.values()), default=None)
            return Changes(str(self._arrivals), changed, not position, oldest)

    def pipelines(self, recent: int = 20) -> Sequence[Pipeline]:
        with self._lock:
            names = sorted(self._jobs, key=lambda job: (job[1], job[0]))
            return [self._pipeline(name, recent) for name in names]

    def datasets(self, limit: int = 200, cursor: str | None = None) -> Page[Dataset]:
        after = tuple(_decode_name(cursor)) if cursor else ("", "")
        with self._lock:
            rest = sorted(name for name in self._datasets if name > after)
            page = [self._dataset(name) for name in rest[:limit]]
        return Page(page, _encode_name(page[-1]) if len(rest) > limit else None)

    def events(self, run_id: str) -> Sequence[dict[str, Any]]:
        with self._lock:
            run = self.run(run_id)
            return list(self._runs[run.run_id].events) if run else []

    def outcomes(self) -> Sequence[Outcome]:
        with self._lock:
            pipelines = {name for _, name in self._jobs} | {name for name, _ in self._tallies}
            keys = [(name, outcome) for name in sorted(pipelines) for outcome in OUTCOMES]
            return [self._tallies.get(key, Tally.zero()).outcome(*key) for key in keys]

    def last_successes(self) -> Mapping[str, datetime]:
        return self._latest(RunState.COMPLETE)

    def last_failures(self) -> Mapping[str, datetime]:
        return self._latest(RunState.FAIL, RunState.ABORT)

    def read_again(self) -> int:
        """Nothing is left unread: graph and events begin and end together."""
        return 0

    def unread(self) -> int:
        return 0

    def read_some(self, most: int = 200) -> int:
        return 0

    def silent_runs(self, now: datetime, awake_since: datetime) -> Sequence[Run]:
        with self._lock:
            return [k.run for k in self._runs.values() if _is_silent(k, now, awake_since)]

    def forget(self, before: datetime) -> int:
        with self._lock:
            old = [k for k in self._runs.values() if _aged_at(k) < before]
            for known in old:
                del self._runs[known.run.run_id]
                self._digests.difference_update(map(digest, known.events))
            return len(old)

    def size_bytes(self) -> int:
        return 0

    def ping(self) -> None:
        """Memory always answers."""

    def write_behind(self) -> None:
        """Nothing is ever put off."""

    def close(self) -> None:
        """Nothing to release."""

    def _latest(self, *states: RunState) -> Mapping[str, datetime]:
        with self._lock:
            ended = [(k.run.ended_at, k.run.pipeline) for k in self._runs.values() if k.run.state in states]
        return {pipeline: time for time, pipeline in sorted(pair for pair in ended if pair[0])}

    def _unseen(self, events: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for event in events:
            name = digest(event)
            if name not in self._digests:
                self._digests.add(name)
                yield event

    def _learn(self, event: dict[str, Any], received_at: datetime) -> None:
        entry = catalog.read(event)
        if entry.job:
            self._learn_job(entry.job, entry.stamp)
        for sighting in entry.datasets:
            self._learn_dataset(sighting, entry)
        if run_event.is_run_event(event):
            self._learn_run(run_event.read(event), received_at)

    def _learn_job(self, job: catalog.Job, stamp: catalog.Stamp) -> None:
        known = self._jobs.setdefault((job.namespace, job.name), _KnownJob())
        if job.owner and (known.owner is None or stamp > known.owner[0]):
            known.owner = (stamp, job.owner)

    def _learn_dataset(self, sighting: catalog.Sighting, entry: catalog.Entry) -> None:
        name = (sighting.namespace, sighting.name)
        known = self._datasets.setdefault(name, _KnownDataset(entry.time, entry.time))
        known.first_seen, known.last_seen = (
            min(known.first_seen, entry.time),
            max(known.last_seen, entry.time),
        )
        if sighting.schema is not None and (known.schema is None or entry.stamp > known.schema[0]):
            known.schema = (entry.stamp, sighting.schema)
        if entry.run_id and (known.run is None or entry.stamp > known.run[0]):
            known.run = (entry.stamp, entry.run_id)
        if sighting.direction and entry.job:
            known.jobs.add((sighting.direction, entry.job.name))

    def _learn_run(self, event: run_event.RunEvent, received_at: datetime) -> None:
        known = self._runs.get(event.run_id)
        fold = known.fold if known else RunFold(event.run_id)
        fold.apply(event)
        run = project(fold)
        if known is None:
            known = self._runs[event.run_id] = _KnownRun(fold, run, received_at)
            self._jobs[run.namespace, run.pipeline].runs += 1
            self._count(run, 1)
        else:
            self._count(known.run, -1)
            self._count(run, 1)
        known.run = run
        known.heard_at = max(known.heard_at, received_at)
        self._arrivals += 1
        known.arrival = self._arrivals
        known.events.append(dict(event.body))

    def _count(self, run: Run, sign: int) -> None:
        ended = ending(run)
        if ended:
            self._tallies.setdefault((ended.pipeline, ended.outcome), Tally.zero()).add(ended.seconds, sign)

    def _pipeline(self, name: JobName, recent: int) -> Pipeline:
        own = [k.run for k in self._runs.values() if (k.run.namespace, k.run.pipeline) == name]
        runs = sorted(own, key=_position, reverse=True)
        successes = (run.ended_at for run in runs if run.state is RunState.COMPLETE and run.ended_at)
        known = self._jobs[name]
        return Pipeline(
            namespace=name[0],
            name=name[1],
            owner=known.owner[1] if known.owner else None,
            last_run=runs[0] if runs else None,
            last_success_at=max(successes, default=None),
            recent=tuple(islice(runs, recent)),
            runs_total=known.runs,
        )

    def _dataset(self, name: tuple[str, str]) -> Dataset:
        known = self._datasets[name]
        return Dataset(
            namespace=name[0],
            name=name[1],
            schema=known.schema[1] if known.schema else (),
            first_seen=known.first_seen,
            last_seen=known.last_seen,
            last_run_id=known.run[1] if known.run else None,
            produced_by=tuple(sorted(job for direction, job in known.jobs if direction == "output")),
            consumed_by=tuple(sorted(job for direction, job in known.jobs if direction == "input")),
        )


def _aged_at(known: _KnownRun) -> datetime:
    return known.run.ended_at or known.run.last_event_at or EPOCH


def _brief(run: Run) -> Run:
    return replace(run, stages=(), inputs=(), outputs=())


def _position(run: Run) -> tuple[int, str]:
    return to_micros(run.listed_at), run.run_id


def _matches(run: Run, query: RunQuery) -> bool:
    return (
        (query.pipeline is None or run.pipeline == query.pipeline)
        and (query.namespace is None or run.namespace == query.namespace)
        and (query.state is None or run.state is query.state)
        and (query.since is None or run.listed_at >= query.since)
        and (query.until is None or run.listed_at < query.until)
        and (query.run_ids is None or run.run_id in query.run_ids)
    )


def _is_silent(known: _KnownRun, now: datetime, awake_since: datetime) -> bool:
    seconds = known.fold.value("heartbeat")
    if seconds is None or known.run.state.final:
        return False
    return deadline(max(known.heard_at, awake_since), seconds) <= now


def _decode_name(text: str) -> list[str]:
    return cursor.decode(text, str, str)


def _encode_name(dataset: Dataset) -> str:
    return cursor.encode(dataset.namespace, dataset.name)

"""What held up a delivery: the critical path across the runs whose datasets it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from almenara_platform.exceptions import NotFound
from almenara_platform.lineage.answers.asked import find_dataset
from almenara_platform.lineage.answers.owners import writers
from almenara_platform.lineage.answers.versions import read_the_one_before
from almenara_platform.lineage.cpm import Timing, cpm, critical_chain
from almenara_platform.lineage.facts import Entity, Kind
from almenara_platform.lineage.index import Snapshot
from almenara_platform.runs.model import DatasetRef, Run, RunState
from almenara_platform.store.port import LineageStore, RunQuery

_RUNS_A_PIPELINE = 100
_LOST = (RunState.FAIL, RunState.ABORT)


@dataclass(slots=True)
class _Search:
    """Runs found on the way back from a delivery, and which waits for which by which dataset."""

    snapshot: Snapshot
    store: LineageStore
    since: datetime
    now: datetime
    runs: dict[str, Run] = field(default_factory=dict)
    waits: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    _listed: dict[int, Sequence[Run]] = field(default_factory=dict)

    def back_from(self, last: Run) -> None:
        """Follow inputs to the runs that wrote them before they were read."""
        self.runs[last.run_id] = last
        pending = [last]
        while pending:
            run = pending.pop()
            for dataset in run.inputs:
                producer = self.producer(dataset, run)
                if producer is None or producer.run_id == run.run_id:
                    continue
                self.waits.setdefault((producer.run_id, run.run_id), []).append(dataset.name)
                if producer.run_id not in self.runs:
                    self.runs[producer.run_id] = producer
                    pending.append(producer)

    def producer(self, dataset: DatasetRef, reader: Run) -> Run | None:
        """The run that wrote the version of a dataset that the reader read: the last one before it began.

        None where that is the reader itself.
        """
        entity = self.snapshot.entity(Entity(Kind.DATASET, dataset.namespace, dataset.name))
        began = _began(reader)
        if entity is None or began is None or self._read_its_own(reader, entity):
            return None
        # Runs that take no time may have written what each other read; one of them has to be the first.
        before = (began, reader.run_id)
        earlier = [run for run in self.writes(entity) if (_began(run), run.run_id) < before]
        wrote = [run for run in earlier if run.ended_at is not None and run.ended_at <= began]
        return max(wrote, key=lambda run: (run.ended_at, run.run_id), default=None)

    def newest(self, entity: int) -> Run | None:
        """The newest run that writes a dataset."""
        return max(self.writes(entity), key=lambda run: (run.listed_at, run.run_id), default=None)

    def writes(self, entity: int) -> Sequence[Run]:
        """Runs within the time asked for that wrote a dataset and did not fail."""
        if entity not in self._listed:
            self._listed[entity] = [
                run
                for job in writers(self.snapshot, entity)
                for run in self._of(job)
                if _began(run) and run.state not in _LOST and self._wrote(run, entity)
            ]
        return self._listed[entity]

    def seconds(self, run: Run) -> float:
        """How long a run took, or has taken until now; none where nobody told its start."""
        began = _began(run) or self.now
        return max(0.0, ((run.ended_at or self.now) - began).total_seconds())

    def _of(self, job: int) -> Sequence[Run]:
        _, namespace, name = self.snapshot.names.entities[job]
        query = RunQuery(name, namespace, since=self.since, until=self.now, limit=_RUNS_A_PIPELINE)
        return self.store.runs(query).items

    def _read_its_own(self, run: Run, entity: int) -> bool:
        if not self._wrote(run, entity):
            return False
        events = self.store.events(run.run_id)
        return not read_the_one_before(events, lambda each: self.snapshot.entity(each) == entity)

    def _wrote(self, run: Run, entity: int) -> bool:
        places = (Entity(Kind.DATASET, each.namespace, each.name) for each in run.outputs)
        return any(self.snapshot.entity(place) == entity for place in places)


def _began(run: Run) -> datetime | None:
    """When a run began; of one whose START was never sent only the end is known."""
    return run.started_at or run.ended_at


def delivery(
    snapshot: Snapshot, store: LineageStore, namespace: str, name: str, now: datetime, hours: float
) -> dict[str, Any]:
    """The runs behind the newest version of a dataset with their slack, and the chain that decided its time.

    Runs that began within ``hours`` before ``now`` count. Raises ``NotFound``.
    """
    entity = find_dataset(snapshot, namespace, name)
    search = _Search(snapshot, store, now - timedelta(hours=hours), now)
    last = search.newest(entity)
    if last is None:
        raise NotFound(f"No run wrote {namespace[:100]} / {name[:100]} in the last {hours:g} h.")
    search.back_from(last)
    timings = cpm({key: search.seconds(run) for key, run in search.runs.items()}, search.waits)
    chain = critical_chain(timings, search.waits, last.run_id)
    runs = [_run(search, key, timings[key], chain) for key in search.runs]
    return {
        "namespace": namespace,
        "name": name,
        "delivered_by": last.run_id,
        "delivered_at": last.ended_at,
        "length_seconds": timings[last.run_id].early_finish,
        "chain": chain,
        "runs": sorted(runs, key=lambda each: (each["early_start_seconds"], each["run_id"])),
    }


def _run(search: _Search, key: str, timing: Timing, chain: Sequence[str]) -> dict[str, Any]:
    run = search.runs[key]
    waited = {before: names for (before, after), names in search.waits.items() if after == key}
    ends = [search.runs[before].ended_at for before in waited]
    idle = (run.started_at - max(ends)).total_seconds() if ends and run.started_at else None
    return {
        "run_id": key,
        "namespace": run.namespace,
        "pipeline": run.pipeline,
        "state": run.state,
        "owner": run.owner,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "duration_seconds": search.seconds(run),
        "early_start_seconds": timing.early_start,
        "slack_seconds": timing.slack,
        "critical": key in chain,
        "idle_seconds": idle,
        "waits_for": [{"run_id": before, "datasets": sorted(names)} for before, names in waited.items()],
    }

"""What a dataset's colour in a lineage picture says: its writer's last run, how old it is, or its label."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from almenara_platform.lineage.answers.labels import carried
from almenara_platform.lineage.answers.owners import writers
from almenara_platform.lineage.index import Snapshot
from almenara_platform.runs.model import Pipeline, Run, RunState
from almenara_platform.ui import format as fmt
from almenara_platform.ui.states import RUN_STATES, Look, of_run

LAST_RUN, FRESHNESS, LABEL = "", "freshness", "label"
COLOURS = {LAST_RUN: "Colour: last run", FRESHNESS: "Colour: freshness", LABEL: "Colour: label"}
# A failed run seldom tells what it would have written: what is known is how its pipeline went.
WRITERS_RUN = "Last run of its pipeline"
SAID = {LAST_RUN: WRITERS_RUN, FRESHNESS: "Last complete run of its pipeline", LABEL: "Labels"}

NOT_WRITTEN = Look("No run wrote it", "input", "quiet")
UNLABELLED = Look("No label", "label_off", "quiet")
NEVER = Look("No run completed", "help", "quiet")
HAND_OVER = Look("Hand-over from job to job", "double_arrow", "quiet")
AGES = (
    (timedelta(days=1), Look("Within a day", "check_circle", "ok")),
    (timedelta(days=7), Look("Within a week", "schedule", "warn")),
    (timedelta.max, Look("Longer ago", "hourglass_disabled", "fail")),
)
_ORDER = [*RUN_STATES.values(), *(look for _, look in AGES), NEVER, NOT_WRITTEN, UNLABELLED, HAND_OVER]
_TONES = 8

MOST_OF_A_REASON = 240

Painter = Callable[[int], Look]
LastRun = Callable[[int], Run | None]
ByNode = Mapping[int, Sequence[str]]


def labels_by_node(snapshot: Snapshot) -> ByNode:
    """The labels of every column that carries some, sorted."""
    found = defaultdict(set)
    for node, label, _ in carried(snapshot):
        found[node].add(label)
    return {node: sorted(labels) for node, labels in found.items()}


def painter(
    snapshot: Snapshot, colour: str, pipelines: Sequence[Pipeline], labels: ByNode, now: datetime
) -> Painter:
    """Who tells the look of a dataset by its number, for one of ``COLOURS``."""
    if colour == LABEL:
        return _by_label(snapshot, labels)
    if colour == FRESHNESS:
        writing = _writing(snapshot, pipelines)
        return lambda number: _fresh(writing(number), now)
    last = last_runs(snapshot, pipelines)
    return lambda number: of_run(run.state) if (run := last(number)) else NOT_WRITTEN


def last_runs(snapshot: Snapshot, pipelines: Sequence[Pipeline]) -> LastRun:
    """Who tells the newest run of the pipelines that write a dataset, by its number."""
    writing = _writing(snapshot, pipelines)

    def last(number: int) -> Run | None:
        runs = [pipeline.last_run for pipeline in writing(number) if pipeline.last_run]
        return max(runs, key=lambda run: run.listed_at, default=None)

    return last


def why(run: Run | None, now: datetime) -> str:
    """Why a run left its datasets red, in a sentence; empty for a run that did not."""
    if run is None or run.state not in (RunState.FAIL, RunState.ABORT):
        return ""
    then = run.ended_at or run.started_at or run.last_event_at
    said = f"{run.pipeline} {of_run(run.state).label.lower()} {fmt.ago(then, now)}"
    errors = (run.error, *(stage.error for stage in run.stages))
    told = next((told for error in errors if error and (told := fmt.error_line(error))), "")
    return f"{said}: {fmt.cut(told, MOST_OF_A_REASON)}" if told else said


def reasons(last: LastRun, now: datetime) -> Callable[[int], str]:
    """Who tells by its number why a dataset is red."""
    return lambda number: why(last(number), now)


def _writing(snapshot: Snapshot, pipelines: Sequence[Pipeline]) -> Callable[[int], list[Pipeline]]:
    known = {(pipeline.namespace, pipeline.name): pipeline for pipeline in pipelines}

    def writing(number: int) -> list[Pipeline]:
        jobs = (snapshot.names.entities[job] for job in writers(snapshot, number))
        return [known[job.namespace, job.name] for job in jobs if (job.namespace, job.name) in known]

    return writing


def legend(looks: Sequence[Look]) -> list[Look]:
    """The different looks in an order that stays the same."""
    places = {look: place for place, look in enumerate(_ORDER)}
    return sorted(set(looks), key=lambda look: (places.get(look, -1), look.label))


def _fresh(pipelines: Sequence[Pipeline], now: datetime) -> Look:
    if not pipelines:
        return NOT_WRITTEN
    written = max((p.last_success_at for p in pipelines if p.last_success_at), default=None)
    return NEVER if written is None else next(look for age, look in AGES if now - written <= age)


def _by_label(snapshot: Snapshot, labels: ByNode) -> Painter:
    tones = {label: f"s{place % _TONES}" for place, label in enumerate(sorted({*_flat(labels)}))}
    of_dataset: dict[int, set[str]] = defaultdict(set)
    for node, found in labels.items():
        of_dataset[snapshot.dataset_of(node)].update(found)

    def look(number: int) -> Look:
        found = sorted(of_dataset.get(number, ()))
        return Look(", ".join(found), "label", tones[found[0]]) if found else UNLABELLED

    return look


def _flat(labels: ByNode) -> list[str]:
    return [label for found in labels.values() for label in found]

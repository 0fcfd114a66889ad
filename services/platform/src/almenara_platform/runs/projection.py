"""The run that a fold of events describes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from almenara_platform.clock import from_micros
from almenara_platform.runs import facets
from almenara_platform.runs.fold import RunFold
from almenara_platform.runs.identity import run_uuid
from almenara_platform.runs.model import Run, RunError, RunState, Stage

# Calling the enumeration looks each of them up at ten times the price.
_STATES = {state.value: state for state in RunState}
_NOTHING: Mapping[str, Any] = {}


def project(fold: RunFold) -> Run:
    """The run as all events so far tell it."""
    namespace, pipeline, original = fold.value("job")
    run_facets = fold.run_facets
    parent = run_facets.get("parent", _NOTHING)
    almenara = run_facets.get("almenara_run", _NOTHING)
    (attempt, *_), last = fold.registers["state",]
    state = _STATES[last["state"] or RunState.RUNNING]
    stages = _stages(almenara, state)
    owner = fold.value("job", "ownership")
    datasets = fold.datasets
    return Run(
        run_id=fold.run_id,
        namespace=namespace,
        pipeline=pipeline,
        state=state,
        queued_at=_time(fold.earliest.get("queued")),
        started_at=_time(fold.earliest.get(f"started:{attempt}")),
        ended_at=_time(last["time"]) if state.final else None,
        last_event_at=_time(fold.latest.get("event")),
        trace_id=facets.trace_id(run_facets.get("almenara_trace", _NOTHING)),
        stages=stages,
        inputs=datasets.inputs,
        outputs=datasets.outputs,
        quality=(almenara and facets.quality(almenara)) or datasets.quality,
        error=_error(fold, state, stages) if state.final and state is not RunState.COMPLETE else None,
        owner=facets.owners(owner) if owner else None,
        producer=fold.value("producer"),
        parent_run_id=_run_named(parent),
        root_run_id=_run_named(facets.mapping(parent.get("root"))),
        original_run_id=original,
        attempt=attempt,
        facets=run_facets,
    )


def _time(micros: int | None) -> Any:
    return None if micros is None else from_micros(micros)


def _stages(almenara: Mapping[str, Any], state: RunState) -> tuple[Stage, ...]:
    """The stages; one that its run left open when it was killed ended with it."""
    found = facets.stages(almenara) if almenara else ()
    if not (found and state.final):
        return found
    left = RunState.COMPLETE if state is RunState.COMPLETE else RunState.ABORT
    return tuple(stage if stage.state.final else replace(stage, state=left) for stage in found)


def _error(fold: RunFold, state: RunState, stages: tuple[Stage, ...]) -> RunError | None:
    """Why the last attempt failed: the run's own message, with the type its failed stage names."""
    if fold.value("state")["silence"]:
        return RunError(None, "The run went silent: its heartbeats stopped and it never said how it ended.")
    of_stage = next((stage.error for stage in stages if stage.error), None)
    message = fold.value("run", "errorMessage")
    found = facets.error(facets.mapping(message))
    if found is None or fold.attempt_of("run", "errorMessage") != fold.attempt_of("state"):
        return of_stage
    kind = _raised(found) or (of_stage.type if of_stage else None)
    return found if found.type or kind is None else _typed(found, kind)


def _raised(error: RunError) -> str | None:
    """The type before the message, where the stack says too that it was raised: no stage need have failed."""
    kind, told, _ = error.message.partition(": ")
    lines = (error.stack or "").splitlines()
    raised = any(re.fullmatch(rf"([\w.]+\.)?{re.escape(kind)}(: .*)?", line) for line in lines)
    return kind if told and kind and raised else None


def _typed(error: RunError, kind: str) -> RunError:
    """The error with its type, which emitters like to put before the message."""
    return RunError(kind, error.message.removeprefix(f"{kind}: "), error.stack)


def _run_named(told: Mapping[str, Any]) -> str | None:
    if not told:
        return None
    run_id = facets.text(facets.mapping(told.get("run")).get("runId"))
    if run_id is None:
        return None
    job = facets.mapping(told.get("job"))
    return run_uuid(run_id, facets.text(job.get("namespace")) or "", facets.text(job.get("name")) or "")

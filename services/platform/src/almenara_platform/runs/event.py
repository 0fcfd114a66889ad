"""One OpenLineage run event, read as far as the state of its run needs it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from almenara_platform.clock import parse_time, to_micros
from almenara_platform.runs import facets
from almenara_platform.runs.identity import digest, run_uuid
from almenara_platform.runs.model import RunState
from almenara_platform.runs.registers import Key, Registers, measured_registers

Stamp = tuple[int, int, int, int, str]
SILENCE_FACET = "almenara_silence"

_OTHER, _QUEUED, _UNDER_WAY, _ENDED = range(4)
_PHASE = {
    None: _OTHER,
    RunState.QUEUED: _QUEUED,
    RunState.START: _UNDER_WAY,
    RunState.RUNNING: _UNDER_WAY,
    RunState.COMPLETE: _ENDED,
    RunState.FAIL: _ENDED,
    RunState.ABORT: _ENDED,
}

_PLACE = {None: -1} | {state: place for place, state in enumerate(RunState)}
_STATES = dict(RunState.__members__)


class RunEvent(NamedTuple):
    """A run event. ``stamp`` puts the events of a run in one order that does not depend on their arrival.

    The order is: attempt, phase (other, queued, under way, ended), event time, state, digest. So a START that
    comes late or with a wrong clock never reopens a run that ended, and the next attempt does.
    An ABORT by silence counts as under way: whatever the run itself says later replaces it.
    """

    run_id: str
    original_run_id: str | None
    namespace: str
    pipeline: str
    state: RunState | None
    time: datetime
    attempt: int
    silence: bool
    heartbeat_seconds: float | None
    stamp: Stamp
    body: Mapping[str, Any]
    registers: Registers
    measured: Mapping[Key, Any]


def is_run_event(event: Mapping[str, Any]) -> bool:
    """Whether a validated event is about a run, not a dataset or a job alone."""
    return "run" in event


def read(
    event: dict[str, Any],
    known_digest: str | None = None,
    known_registers: Registers | None = None,
    known_id: str | None = None,
    known_micros: int | None = None,
) -> RunEvent:
    """A validated run event, read; ``known_*`` are what was found out about it before."""
    job, run = event["job"], event["run"]
    run_facets = facets.mapping(run.get("facets"))
    almenara = facets.mapping(run_facets.get("almenara_run"))
    state, silence = _state(event, almenara), SILENCE_FACET in run_facets
    time = parse_time(event["eventTime"])
    attempt = facets.count(almenara.get("attempt")) or 1 if almenara else 1
    phase = _UNDER_WAY if silence else _PHASE[state]
    micros = to_micros(time) if known_micros is None else known_micros
    registers = known_registers or Registers(event)
    own_id = known_id or run_uuid(run["runId"], job["namespace"], job["name"])
    return RunEvent(
        run_id=own_id,
        original_run_id=None if own_id == run["runId"].lower() else run["runId"],
        namespace=job["namespace"],
        pipeline=job["name"],
        state=state,
        time=time,
        attempt=attempt,
        silence=silence,
        heartbeat_seconds=_heartbeat_seconds(almenara),
        stamp=(attempt, phase, micros, _PLACE[state], known_digest or digest(event)),
        body=event,
        registers=registers,
        measured=measured_registers(event, registers),
    )


def _state(event: Mapping[str, Any], almenara: Mapping[str, Any]) -> RunState | None:
    if almenara and almenara.get("state") == RunState.QUEUED:
        return RunState.QUEUED
    return _STATES.get(str(event.get("eventType") or "").upper())


def _heartbeat_seconds(almenara: Mapping[str, Any]) -> float | None:
    if almenara.get("heartbeat") is not True:
        return None
    return facets.number(almenara.get("heartbeatSeconds")) or 15.0

"""Which events go into the outbox, and as what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement

from almenara_platform.clock import to_micros
from almenara_platform.outbox.model import NO_RUN, LetterState
from almenara_platform.runs.event import RunEvent
from almenara_platform.runs.model import RunState
from almenara_platform.store.outbox_table import outbox

if TYPE_CHECKING:
    from almenara_platform.store.catalog import Entry


def letters(
    event: Mapping[str, Any],
    entry: Entry,
    run: RunEvent | None,
    received_at: int,
    destinations: Sequence[str],
) -> list[dict[str, Any]]:
    """Rows of ``outbox`` for an event: one a destination, none for what only Almenara understands.

    Heartbeats and QUEUED say nothing to others, and a heartbeat every 15 s would fill a slow receiver's day.
    """
    if run and (run.heartbeat_seconds is not None or run.state is RunState.QUEUED):
        return []
    common = _row(event, entry, run, received_at)
    return [common | {"destination": name} for name in destinations]


def old_letters_of_no_run(before: int) -> ColumnElement[bool]:
    """Letters about no run that were accepted before this time in microseconds."""
    return (outbox.c.phase == NO_RUN) & (outbox.c.accepted_at < before)


def lane_of(entry: Entry) -> str:
    """What an event's letters queue up behind: the run, else the job, else the dataset."""
    if entry.run_id:
        return entry.run_id
    if entry.job:
        return f"job:{entry.job.namespace}/{entry.job.name}"
    return f"dataset:{entry.datasets[0].namespace}/{entry.datasets[0].name}"


def _row(event: Mapping[str, Any], entry: Entry, run: RunEvent | None, received_at: int) -> dict[str, Any]:
    attempt, phase = run.stamp[:2] if run else (1, NO_RUN)
    return {
        "digest": entry.stamp[1],
        "lane": lane_of(entry),
        "event_type": str(event.get("eventType") or "OTHER").upper() if run else "",
        "attempt": attempt,
        "phase": phase,
        "event_time": to_micros(entry.time),
        "state": LetterState.WAITING.value,
        "accepted_at": received_at,
        "due_at": received_at,
        "tries": 0,
        "forwarded": False,
    }

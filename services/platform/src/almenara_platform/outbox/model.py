"""A letter of the outbox: one lineage event on its way to one destination."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

Order = tuple[int, int, int, int]
"""Attempt, phase (as in ``runs.event``), event time in microseconds, number of the letter."""

NO_RUN = -1
"""The phase of an event that is about a dataset or a job alone."""


class LetterState(StrEnum):
    """Where a letter is. A dead one was refused for good and waits for a person."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Letter:
    """One event for one destination; letters of one ``lane`` (a run, a job, a dataset) go one after another.

    ``forwarded`` is true of a dead letter whose event went out without the part that is at fault.
    """

    id: int
    destination: str
    lane: str
    event_type: str
    order: Order
    state: LetterState
    accepted_at: datetime
    due_at: datetime
    tried_at: datetime | None
    settled_at: datetime | None
    tries: int
    forwarded: bool
    reason: str | None
    mended: bool


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for a destination and what it refused; ``last_error`` of the oldest letter that waits."""

    destination: str
    pending: int
    oldest_at: datetime | None
    dead: int
    last_error: str | None

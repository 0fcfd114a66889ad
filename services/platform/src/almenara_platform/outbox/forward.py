"""Delivers the letters of one lane, one after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Event

from loguru import logger

from almenara_platform.clock import Clock
from almenara_platform.outbox.destinations.port import (
    Away,
    Destination,
    Failed,
    Knowledge,
    Parcel,
    Refused,
)
from almenara_platform.outbox.metrics import OutboxMetrics
from almenara_platform.outbox.model import Letter, LetterState
from almenara_platform.outbox.order import next_step, to_repeat
from almenara_platform.outbox.pause import Breaker, pause_after
from almenara_platform.outbox.port import Outbox

MOST_TRIES = 8
"""Failures of one event, while others are delivered, after which it is given to a person."""


@dataclass(frozen=True, slots=True)
class Forwarder:
    """Takes lanes to ``destination``; ``stopping`` ends a lane before its next letter."""

    outbox: Outbox
    destination: Destination
    knowledge: Knowledge
    breaker: Breaker
    metrics: OutboxMetrics
    clock: Clock
    stopping: Event

    def forward(self, lane_name: str) -> None:
        """Send what is due of a lane until it is empty, has to wait, or fails.

        Raises ``StoreUnavailable``.
        """
        lane = list(self.outbox.lane(self.destination.name, lane_name))
        while not self.stopping.is_set() and self.breaker.is_open(self.clock()):
            step = next_step(lane, self.clock())
            if step.letter is None:
                return
            if step.wait_until:
                waiting = [letter for letter in lane if letter.state is LetterState.WAITING]
                self.outbox.postponed(waiting, step.wait_until)
                return
            if not self._deliver(step.letter, lane):
                return
            lane = list(self.outbox.lane(self.destination.name, lane_name))

    def _deliver(self, letter: Letter, lane: Sequence[Letter]) -> bool:
        """Whether the lane can go on."""
        event = self.outbox.event(letter.id)
        if event is None:
            self.outbox.drop(letter)
            return True
        try:
            parcel = self.destination.prepare(event, self.knowledge)
        except Exception as error:  # noqa: BLE001
            # Events hold whatever their emitters put there, and one must not stop its lane.
            logger.opt(exception=error).error("outbox_cannot_prepare", letter=letter.id)
            parcel = Parcel(None, (f"It could not be prepared: {type(error).__name__}: {error}",))
        return self._send(letter, parcel, lane)

    def _send(self, letter: Letter, parcel: Parcel, lane: Sequence[Letter]) -> bool:
        fault = " ".join(parcel.faults) or None
        try:
            if parcel.event is None:
                raise Refused(fault or "Nothing of it can be sent.")
            self.destination.send(parcel.event)
        except Refused as error:
            self._refuse(letter, f"{fault} {error}" if fault and parcel.event is not None else str(error))
        except (Failed, Away) as error:
            return self._fail(letter, error)
        else:
            now = self.clock()
            self.breaker.succeeded(now)
            self.outbox.sent(letter, now, fault, to_repeat(lane, letter))
            self.metrics.sent(self.destination.name)
        return True

    def _refuse(self, letter: Letter, reason: str) -> None:
        self.outbox.refused(letter, self.clock(), reason)
        self.metrics.refused(self.destination.name)
        logger.warning("lineage_refused", destination=self.destination.name, letter=letter.id, reason=reason)

    def _fail(self, letter: Letter, error: Failed | Away) -> bool:
        now = self.clock()
        away = isinstance(error, Away)
        counted = not away and self.breaker.worked_since(letter.tried_at)
        self.breaker.failed(now, away)
        self.metrics.failed(self.destination.name)
        tries = letter.tries + counted
        if tries >= MOST_TRIES:
            self._refuse(letter, f"Given up after {tries} tries: {error}")
            return True
        self.outbox.failed(letter, now, str(error), self._due(now, tries, away), counted)
        return False

    def _due(self, now: datetime, tries: int, away: bool) -> datetime:
        # Of a destination that is away the breaker knows when to come back, for all its letters.
        return now if away else now + pause_after(tries)

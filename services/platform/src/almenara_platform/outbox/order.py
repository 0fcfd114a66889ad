"""Which letter of a lane goes next: a run's events one after another, in causal order, however they came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from almenara_platform.outbox.model import Letter, LetterState

HOLD = timedelta(seconds=5)
"""How long the end of a run waits for a beginning that has not come: emitters send both within moments."""

_ENDS = ("COMPLETE", "FAIL", "ABORT")


@dataclass(frozen=True, slots=True)
class Step:
    """``letter`` may go now, or not before ``wait_until``; neither when the lane is empty."""

    letter: Letter | None = None
    wait_until: datetime | None = None


def next_step(lane: Sequence[Letter], now: datetime) -> Step:
    """What to do with a lane."""
    waiting = sorted(_in(lane, LetterState.WAITING), key=_order)
    if not waiting:
        return Step()
    first = waiting[0]
    until = max(_held_until(first, lane), first.due_at if first.tried_at else now)
    return Step(first) if until <= now else Step(first, until)


def to_repeat(lane: Sequence[Letter], late: Letter) -> Letter | None:
    """The end of the run that must follow ``late`` once more, because receivers keep what came last."""
    gone = [each for each in lane if each.id != late.id and _is_out(each)]
    last = max(gone, key=_order, default=late)
    return last if _order(last) > _order(late) and last.event_type in _ENDS else None


def _held_until(letter: Letter, lane: Sequence[Letter]) -> datetime:
    begun = any(each.event_type == "START" and each.order[0] == letter.order[0] for each in lane)
    lone_end = letter.event_type in _ENDS and not begun
    return letter.accepted_at + HOLD if lone_end else letter.accepted_at


def _is_out(letter: Letter) -> bool:
    return letter.state is LetterState.SENT or (letter.state is LetterState.DEAD and letter.forwarded)


def _in(lane: Iterable[Letter], state: LetterState) -> list[Letter]:
    return [letter for letter in lane if letter.state is state]


def _order(letter: Letter) -> tuple[int, ...]:
    *time, number = letter.order
    return (*time, letter.event_type != "START", number)

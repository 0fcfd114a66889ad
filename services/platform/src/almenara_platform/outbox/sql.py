"""The outbox in the lineage database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Delete, Row, Update, delete, func, select, update

from almenara_platform import cursor as cursors
from almenara_platform.clock import from_micros, to_micros
from almenara_platform.exceptions import NotFound
from almenara_platform.group_commit import GroupCommit
from almenara_platform.outbox.model import Backlog, Letter, LetterState, Order
from almenara_platform.outbox.port import DeadQuery
from almenara_platform.page import Page
from almenara_platform.store.database import Database
from almenara_platform.store.outbox_table import outbox
from almenara_platform.store.schema import events, shared
from almenara_platform.store.shared import whole

_AHEAD = 8
_BOUNDS = ("START", "COMPLETE", "FAIL", "ABORT")
_WAITS = outbox.c.state == LetterState.WAITING.value
_IS_DEAD = outbox.c.state == LetterState.DEAD.value


class SqlOutbox:
    """An ``Outbox`` over the database of the lineage store; reports of several threads share transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._commits: GroupCommit[Sequence[Update | Delete]] = GroupCommit(self._write)

    def lanes(self, destination: str, now: datetime, limit: int, without: Collection[str]) -> Sequence[str]:
        due = (outbox.c.destination == destination) & _WAITS & (outbox.c.due_at <= to_micros(now))
        statement = (
            select(outbox.c.lane)
            .where(due, outbox.c.lane.not_in(sorted(without)))
            .order_by(outbox.c.due_at, outbox.c.id)
            # Letters of one lane tend to lie side by side.
            .limit(limit * _AHEAD)
        )
        with self._database.reading() as connection:
            return list(dict.fromkeys(connection.scalars(statement)))[:limit]

    def lane(self, destination: str, lane: str) -> Sequence[Letter]:
        of_lane = (outbox.c.destination == destination) & (outbox.c.lane == lane)
        statement = select(outbox).where(of_lane, _WAITS | outbox.c.event_type.in_(_BOUNDS))
        with self._database.reading() as connection:
            return [_letter(row) for row in connection.execute(statement)]

    def event(self, letter_id: int) -> dict[str, Any] | None:
        event = outbox.outerjoin(events, events.c.digest == outbox.c.digest)
        whole_event = event.outerjoin(shared, shared.c.digest == events.c.shared)
        statement = select(outbox.c.mended, events.c.body, shared.c.parts).select_from(whole_event)
        with self._database.reading() as connection:
            row = connection.execute(statement.where(outbox.c.id == letter_id)).one_or_none()
        if row is None or (row.mended is None and row.body is None):
            return None
        return whole(row.body, row.parts) if row.mended is None else orjson.loads(row.mended)

    def sent(self, letter: Letter, at: datetime, fault: str | None, again: Letter | None) -> None:
        state = LetterState.DEAD if fault else LetterState.SENT
        settled = {"state": state.value, "settled_at": to_micros(at), "reason": fault, "forwarded": True}
        changes = [_set(letter, **settled)]
        if again:
            changes.append(_set(again, state=LetterState.WAITING.value, due_at=to_micros(at), tried_at=None))
        self._submit(*changes)

    def refused(self, letter: Letter, at: datetime, reason: str) -> None:
        self._submit(_set(letter, state=LetterState.DEAD.value, settled_at=to_micros(at), reason=reason))

    def postponed(self, letters: Sequence[Letter], due_at: datetime) -> None:
        self._submit(*(_set(letter, due_at=to_micros(due_at)) for letter in letters))

    def failed(self, letter: Letter, at: datetime, reason: str, due_at: datetime, counted: bool) -> None:
        times = {"tried_at": to_micros(at), "due_at": to_micros(due_at)}
        self._submit(_set(letter, **times, tries=letter.tries + counted, reason=reason))

    def drop(self, letter: Letter) -> None:
        self._submit(delete(outbox).where(outbox.c.id == letter.id))

    def backlog(self, destination: str) -> Backlog:
        waiting = (outbox.c.destination == destination) & _WAITS
        counts = select(func.count(), func.min(outbox.c.accepted_at)).select_from(outbox).where(waiting)
        dead = select(func.count()).select_from(outbox).where(outbox.c.destination == destination, _IS_DEAD)
        failing = select(outbox.c.reason).where(waiting, outbox.c.reason.is_not(None))
        with self._database.reading() as connection:
            pending, oldest = connection.execute(counts).one()
            return Backlog(
                destination=destination,
                pending=pending,
                oldest_at=None if oldest is None else from_micros(oldest),
                dead=connection.scalar(dead) or 0,
                last_error=connection.scalar(failing.order_by(outbox.c.tried_at.desc()).limit(1)),
            )

    def known_destinations(self) -> Sequence[str]:
        names = [select(outbox.c.destination).where(state).distinct() for state in (_WAITS, _IS_DEAD)]
        with self._database.reading() as connection:
            return sorted({name for statement in names for name in connection.scalars(statement)})

    def dead(self, query: DeadQuery) -> Page[Letter]:
        statement = select(outbox).where(_IS_DEAD).order_by(outbox.c.id).limit(query.limit + 1)
        if query.destination:
            statement = statement.where(outbox.c.destination == query.destination)
        if query.lane:
            statement = statement.where(outbox.c.lane == query.lane)
        if query.cursor:
            statement = statement.where(outbox.c.id > cursors.decode(query.cursor, int)[0])
        with self._database.reading() as connection:
            letters = [_letter(row) for row in connection.execute(statement)]
        page = letters[: query.limit]
        return Page(page, cursors.encode(page[-1].id) if len(letters) > query.limit else None)

    def letter(self, letter_id: int) -> Letter:
        statement = select(outbox).where(outbox.c.id == letter_id, _IS_DEAD)
        with self._database.reading() as connection:
            row = connection.execute(statement).one_or_none()
        if row is None:
            raise _not_found(letter_id)
        return _letter(row)

    def replay(self, letter_id: int, at: datetime, mended: dict[str, Any] | None = None) -> None:
        values = _afresh(at) | ({} if mended is None else {"mended": orjson.dumps(mended)})
        self._settle_dead(letter_id, update(outbox).values(values))

    def replay_all(self, destination: str | None, at: datetime) -> int:
        statement = update(outbox).where(_IS_DEAD).values(_afresh(at))
        if destination:
            statement = statement.where(outbox.c.destination == destination)
        with self._database.writing() as connection:
            return connection.execute(statement).rowcount

    def discard(self, letter_id: int, at: datetime) -> None:
        # What went out without its fault has to be remembered as sent, for the order of what comes later.
        with self._database.reading() as connection:
            forwarded = connection.scalar(select(outbox.c.forwarded).where(outbox.c.id == letter_id))
        state = LetterState.SENT if forwarded else LetterState.DISCARDED
        values = {"state": state.value, "settled_at": to_micros(at)}
        self._settle_dead(letter_id, update(outbox).values(values))

    def _settle_dead(self, letter_id: int, statement: Update) -> None:
        with self._database.writing() as connection:
            found = connection.execute(statement.where(outbox.c.id == letter_id, _IS_DEAD)).rowcount
        if not found:
            raise _not_found(letter_id)

    def _submit(self, *statements: Update | Delete) -> None:
        self._commits.submit(statements)

    def _write(self, groups: Sequence[Sequence[Update | Delete]]) -> None:
        with self._database.writing() as connection:
            for statement in (each for group in groups for each in group):
                connection.execute(statement)


def _afresh(at: datetime) -> dict[str, Any]:
    now = to_micros(at)
    return {
        "state": LetterState.WAITING.value,
        "accepted_at": now,
        "due_at": now,
        "tried_at": None,
        "settled_at": None,
        "tries": 0,
        "reason": None,
    }


def _set(letter: Letter, **values: Any) -> Update:
    # A person may have replayed or discarded it in the meantime, and retention may have removed it.
    return update(outbox).where(outbox.c.id == letter.id, outbox.c.state == letter.state.value).values(values)


def _not_found(letter_id: int) -> NotFound:
    return NotFound(f"No dead letter {letter_id} is known; GET /api/v1/outbox/dead lists them.")


def _letter(row: Row[Any]) -> Letter:
    return Letter(
        id=row.id,
        destination=row.destination,
        lane=row.lane,
        event_type=row.event_type,
        order=_order(row),
        state=LetterState(row.state),
        accepted_at=from_micros(row.accepted_at),
        due_at=from_micros(row.due_at),
        tried_at=_time(row.tried_at),
        settled_at=_time(row.settled_at),
        tries=row.tries,
        forwarded=row.forwarded,
        reason=row.reason,
        mended=row.mended is not None,
    )


def _order(row: Row[Any]) -> Order:
    return row.attempt, row.phase, row.event_time, row.id


def _time(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)

"""The outbox: what waits for other backends, what they refused, and what to do about it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query
from pydantic import BaseModel, Field

from almenara_platform.api.access import WRITE_ACCESS
from almenara_platform.api.dependencies import Cursor, Limit, Mail
from almenara_platform.api.documents import Document, Listing, Time, listing
from almenara_platform.outbox import mending
from almenara_platform.outbox.model import Backlog
from almenara_platform.outbox.port import DeadQuery

router = APIRouter(prefix="/api/v1/outbox", tags=["outbox"])
Number = Annotated[int, Path(ge=1, lt=2**63, description="Number of the dead letter.")]
Destination = Annotated[str | None, Query(description="Only of this destination.")]


class BacklogDocument(Document):
    """A destination. ``configured`` is false when no setting names it any more; then nothing goes out."""

    destination: str
    configured: bool
    pending: int
    oldest_at: Time | None
    oldest_age_seconds: float
    dead: int
    last_error: str | None


class LetterDocument(Document):
    """A dead letter. ``lane`` is the run, or the job or dataset of an event without a run.

    ``forwarded`` is true when the destination has the event without the part at fault.
    """

    id: int
    destination: str
    lane: str
    event_type: str
    accepted_at: Time
    settled_at: Time | None
    tries: int
    forwarded: bool
    mended: bool
    reason: str | None


class LetterDetailDocument(LetterDocument):
    """A dead letter with its event, as mended where it was; null once retention has removed it."""

    event: dict[str, Any] | None


class Replay(BaseModel):
    """How to send it again."""

    event: dict[str, Any] | None = Field(None, description="The mended event; left out, it goes as it is.")


class Replayed(BaseModel):
    """How many letters wait again."""

    replayed: int


@router.get("")
def backlogs(mail: Mail) -> Listing[BacklogDocument]:
    """What waits for each destination, and how much it refused."""
    names = dict.fromkeys((*mail.destinations, *mail.outbox.known_destinations()))
    items = [_backlog(mail, mail.outbox.backlog(name)) for name in names]
    return Listing[BacklogDocument](items=items, next=None)


@router.get("/dead")
def dead(
    mail: Mail,
    destination: Destination = None,
    run_id: Annotated[str | None, Query(description="Only of this run.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[LetterDocument]:
    """Lineage events that were refused for good, oldest first."""
    lane = run_id.lower() if run_id else None
    return listing(mail.outbox.dead(DeadQuery(destination, lane, limit, cursor)), LetterDocument)


@router.get("/dead/{letter_id}")
def letter(mail: Mail, letter_id: Number) -> LetterDetailDocument:
    """One dead letter with its event."""
    found = LetterDocument.model_validate(mail.outbox.letter(letter_id))
    return LetterDetailDocument(**found.model_dump(), event=mail.outbox.event(letter_id))


@router.post("/dead/replay", dependencies=[WRITE_ACCESS])
def replay_all(mail: Mail, destination: Destination = None) -> Replayed:
    """Send every dead letter again as it is."""
    return Replayed(replayed=mail.outbox.replay_all(destination, mail.clock()))


@router.post("/dead/{letter_id}/replay", dependencies=[WRITE_ACCESS])
def replay(mail: Mail, letter_id: Number, body: Annotated[Replay | None, Body()] = None) -> Replayed:
    """Send a dead letter again, as it is or mended. The platform's own record keeps the original event."""
    mending.replay(mail.outbox, letter_id, body.event if body else None, mail.clock())
    return Replayed(replayed=1)


@router.post("/dead/{letter_id}/discard", status_code=204, dependencies=[WRITE_ACCESS])
def discard(mail: Mail, letter_id: Number) -> None:
    """Take a dead letter off the list; it is never sent."""
    mail.outbox.discard(letter_id, mail.clock())


def _backlog(mail: Mail, backlog: Backlog) -> BacklogDocument:
    waited = (mail.clock() - backlog.oldest_at).total_seconds() if backlog.oldest_at else 0.0
    return BacklogDocument(
        destination=backlog.destination,
        configured=backlog.destination in mail.destinations,
        pending=backlog.pending,
        oldest_at=backlog.oldest_at,
        oldest_age_seconds=max(waited, 0.0),
        dead=backlog.dead,
        last_error=backlog.last_error,
    )

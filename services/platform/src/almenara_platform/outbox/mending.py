"""A dead letter's event corrected by a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from almenara_platform.exceptions import BadRequest
from almenara_platform.gateway import openlineage
from almenara_platform.outbox.enqueue import lane_of
from almenara_platform.outbox.model import NO_RUN
from almenara_platform.outbox.port import Outbox
from almenara_platform.store import catalog


def replay(outbox: Outbox, letter_id: int, mended: dict[str, Any] | None, at: datetime) -> None:
    """Send a dead letter again, as ``mended`` where given.

    Raises ``NotFound``, and ``BadRequest`` for an event that is none, is about another run, or was forgotten.
    """
    letter = outbox.letter(letter_id)
    if mended is None and outbox.event(letter_id) is None:
        raise BadRequest("Retention has removed this event; send it mended, or discard the letter.", "event")
    if mended is not None:
        lane = lane_of(catalog.read(openlineage.validate(mended)))
        if letter.order[1] != NO_RUN and lane != letter.lane:
            raise BadRequest(f"This event is about {lane}, the letter about {letter.lane}.", "event")
    outbox.replay(letter_id, at, mended)

"""Marquez as a destination, as version 0.51.1 was measured."""

from __future__ import annotations

from typing import Any

import httpx

from almenara_platform.outbox.destinations.complete import complete, restore_parent
from almenara_platform.outbox.destinations.explicit import tell_columns
from almenara_platform.outbox.destinations.http import TIMEOUT, EventPoster
from almenara_platform.outbox.destinations.poison import without_poison
from almenara_platform.outbox.destinations.port import Knowledge, Parcel
from almenara_platform.outbox.destinations.wellformed import make_wellformed

PATH = "/api/v1/lineage"


class MarquezDestination:
    """Marquez at ``url``. What would break it is taken out, what it would lose is filled in."""

    name = "marquez"

    def __init__(self, url: str, timeout: httpx.Timeout = TIMEOUT) -> None:
        self._poster = EventPoster("Marquez", url.rstrip("/") + PATH, timeout=timeout)

    def prepare(self, event: dict[str, Any], knowledge: Knowledge) -> Parcel:
        """The event without what would break Marquez, completed."""
        # Before the names are looked at: it names datasets too.
        tell_columns(event)
        parcel = without_poison(event)
        if parcel.event is not None:
            # The parent first: it is known under the id that the run has in the store.
            make_wellformed(parcel.event)
            restore_parent(parcel.event, knowledge)
            complete(parcel.event, knowledge)
            make_wellformed(parcel.event)
        return parcel

    def send(self, event: dict[str, Any]) -> None:
        """Post it; 201 with an empty body is success."""
        self._poster.post(event)

    def close(self) -> None:
        """Release connections."""
        self._poster.close()

"""A destination in memory: for tests and for looking at what would go out."""

from __future__ import annotations

from typing import Any

from almenara_platform.outbox.destinations.port import Knowledge, Parcel


class MemoryDestination:
    """Keeps what it is sent in ``events``."""

    name = "memory"

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def prepare(self, event: dict[str, Any], knowledge: Knowledge) -> Parcel:
        """The event as it is."""
        return Parcel(event)

    def send(self, event: dict[str, Any]) -> None:
        """Keep it."""
        self.events.append(event)

    def close(self) -> None:
        """Nothing to release."""

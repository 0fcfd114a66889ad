"""A stand-in for Marquez, and an outbox over a store of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from tests.platform.events import NOON
from tests.platform.outbox.marquez_stub import Marquez, marquez

from almenara_platform.outbox.destinations.memory import MemoryDestination
from almenara_platform.outbox.destinations.port import DeliveryError
from almenara_platform.outbox.forward import Forwarder
from almenara_platform.outbox.knowledge import StoredKnowledge
from almenara_platform.outbox.metrics import OutboxMetrics
from almenara_platform.outbox.pause import Breaker
from almenara_platform.outbox.sql import SqlOutbox
from almenara_platform.store.sql import SqlLineageStore
from almenara_platform.store.sqlite import sqlite_lineage_store

NAME = MemoryDestination.name


class Receiver(MemoryDestination):
    """A destination that fails as it is told, once for each of ``errors``, before it takes events."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[DeliveryError] = []
        self.refuses: Callable[[dict[str, Any]], DeliveryError | None] = lambda event: None

    def send(self, event: dict[str, Any]) -> None:
        """Keep it, or raise what it was told to."""
        if self.errors:
            raise self.errors.pop(0)
        error = self.refuses(event)
        if error:
            raise error
        super().send(event)

    @property
    def types(self) -> list[str]:
        """The event types in the order in which they were taken."""
        return [event["eventType"] for event in self.events]


@dataclass
class Office:
    """A store, its outbox and a destination, at a time that stands still."""

    store: SqlLineageStore
    receiver: Receiver = field(default_factory=Receiver)
    now: datetime = NOON

    def __post_init__(self) -> None:
        self.outbox = SqlOutbox(self.store.database)
        self.breaker = Breaker()
        self.metrics = OutboxMetrics(CollectorRegistry(), [NAME])
        self.forwarder = Forwarder(
            self.outbox,
            self.receiver,
            StoredKnowledge(self.store.database),
            self.breaker,
            self.metrics,
            lambda: self.now,
            Event(),
        )

    def take(self, *events: dict[str, Any]) -> None:
        """Events arrive."""
        self.store.apply(events, self.now)

    def due(self) -> Sequence[str]:
        """Lanes that are due."""
        return self.outbox.lanes(NAME, self.now, 100, ())

    def forward(self, seconds: float = 0) -> None:
        """After so many seconds, go through the lanes that are due."""
        self.now += timedelta(seconds=seconds)
        for lane in self.due():
            self.forwarder.forward(lane)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An outbox that is empty."""
    store = sqlite_lineage_store(tmp_path / "lineage.db", [NAME])
    yield Office(store)
    store.close()


@pytest.fixture
def stub() -> Iterator[Marquez]:
    """A Marquez with nothing in it."""
    with marquez() as found:
        yield found

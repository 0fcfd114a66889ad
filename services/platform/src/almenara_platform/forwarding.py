"""Forwarding of one platform: its outbox and destinations, put together as its settings say."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Event

from prometheus_client import CollectorRegistry

from almenara.settings import Settings
from almenara_platform.clock import Clock
from almenara_platform.outbox.destinations.datahub import DataHubDestination
from almenara_platform.outbox.destinations.marquez import MarquezDestination
from almenara_platform.outbox.destinations.port import Destination
from almenara_platform.outbox.dispatch import Dispatcher
from almenara_platform.outbox.forward import Forwarder
from almenara_platform.outbox.knowledge import StoredKnowledge
from almenara_platform.outbox.metrics import BacklogCollector, OutboxMetrics
from almenara_platform.outbox.none import NoOutbox
from almenara_platform.outbox.pause import Breaker
from almenara_platform.outbox.port import Outbox
from almenara_platform.outbox.sql import SqlOutbox
from almenara_platform.outbox.turn import turn_on
from almenara_platform.store.port import LineageStore
from almenara_platform.store.sql import SqlLineageStore


@dataclass(frozen=True, slots=True)
class Forwarding:
    """The outbox, and what forwards from it to each of ``destinations``."""

    outbox: Outbox
    destinations: Sequence[str]
    clock: Clock
    dispatchers: Sequence[Dispatcher]
    closing: ExitStack

    @contextmanager
    def running(self) -> Iterator[None]:
        """Forward within the block."""
        with self.closing:
            for dispatcher in self.dispatchers:
                dispatcher.start()
                self.closing.callback(dispatcher.stop)
            yield


def destination_names(settings: Settings) -> list[str]:
    """Where the settings say that lineage goes, as the outbox calls it."""
    given = {MarquezDestination.name: settings.marquez_url, DataHubDestination.name: settings.datahub_url}
    return [name for name, url in given.items() if url]


def open_forwarding(
    settings: Settings, lineage: LineageStore, registry: CollectorRegistry, clock: Clock
) -> Forwarding:
    """The forwarding out of ``lineage``, whose store was opened with the same destinations."""
    names, closing = destination_names(settings), ExitStack()
    if not isinstance(lineage, SqlLineageStore):
        return Forwarding(NoOutbox(), names, clock, (), closing)
    # It tells of every single request.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    outbox = SqlOutbox(lineage.database)
    metrics = OutboxMetrics(registry, names)
    registry.register(BacklogCollector(outbox, names, clock))
    turn, knowledge = turn_on(lineage.database.engine), StoredKnowledge(lineage.database)
    closing.callback(turn.release)
    dispatchers = []
    for destination in _destinations(settings):
        closing.callback(destination.close)
        forwarder = Forwarder(outbox, destination, knowledge, Breaker(), metrics, clock, Event())
        dispatchers.append(Dispatcher(outbox, forwarder, turn, clock, settings.outbox_concurrency))
    return Forwarding(outbox, names, clock, dispatchers, closing)


def _destinations(settings: Settings) -> Iterator[Destination]:
    if settings.marquez_url:
        yield MarquezDestination(settings.marquez_url)
    if settings.datahub_url:
        yield DataHubDestination(settings.datahub_url, settings.datahub_token)

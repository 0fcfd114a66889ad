"""The stores of one platform, opened as its settings say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from almenara.settings import Settings
from almenara_platform.logs.loki import LokiLogStore
from almenara_platform.logs.memory import MemoryLogStore
from almenara_platform.logs.port import WritableLogStore
from almenara_platform.logs.sqlite import SqliteLogStore
from almenara_platform.platform import Platform
from almenara_platform.store.opening import IN_MEMORY, open_lineage_store
from almenara_platform.store.port import LineageStore
from almenara_platform.traces.jaeger import JaegerTraceStore
from almenara_platform.traces.memory import MemoryTraceStore
from almenara_platform.traces.port import WritableTraceStore
from almenara_platform.traces.sqlite import SqliteTraceStore


@dataclass(frozen=True, slots=True)
class Stores:
    """What the platform writes to."""

    lineage: LineageStore
    traces: WritableTraceStore
    logs: WritableLogStore


def open_stores(settings: Settings, destinations: Sequence[str] = ()) -> Stores:
    """Files in the data folder, or memory when the database address says so; raises ``StoreUnavailable``.

    Lineage events wait in their store for ``destinations``.
    """
    lineage = open_lineage_store(settings.database_url, settings.data_dir, destinations)
    if settings.database_url == IN_MEMORY:
        return Stores(lineage, MemoryTraceStore(), MemoryLogStore())
    return Stores(
        lineage,
        SqliteTraceStore(settings.data_dir / "traces.db"),
        SqliteLogStore(settings.data_dir / "logs.db"),
    )


def read_stores(settings: Settings, stores: Stores) -> Platform:
    """What API and console read: backends that the settings name, else what the platform stores itself."""
    traces = JaegerTraceStore(settings.jaeger_url) if settings.jaeger_url else stores.traces
    lookback = timedelta(days=settings.retention_days)
    logs = LokiLogStore(settings.loki_url, lookback) if settings.loki_url else stores.logs
    return Platform(stores.lineage, traces, logs)

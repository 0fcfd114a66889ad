"""The stores of one platform, opened as its settings say."""

from __future__ import annotations

from dataclasses import dataclass

from almenara.settings import Settings
from almenara_platform.logs.memory import MemoryLogStore
from almenara_platform.logs.port import WritableLogStore
from almenara_platform.logs.sqlite import SqliteLogStore
from almenara_platform.store.opening import IN_MEMORY, open_lineage_store
from almenara_platform.store.port import LineageStore
from almenara_platform.traces.memory import MemoryTraceStore
from almenara_platform.traces.port import WritableTraceStore
from almenara_platform.traces.sqlite import SqliteTraceStore


@dataclass(frozen=True, slots=True)
class Stores:
    """What the platform writes to."""

    lineage: LineageStore
    traces: WritableTraceStore
    logs: WritableLogStore


def open_stores(settings: Settings) -> Stores:
    """Files in the data folder, or memory when the database address says so; raises ``StoreUnavailable``."""
    lineage = open_lineage_store(settings.database_url, settings.data_dir)
    if settings.database_url == IN_MEMORY:
        return Stores(lineage, MemoryTraceStore(), MemoryLogStore())
    return Stores(
        lineage,
        SqliteTraceStore(settings.data_dir / "traces.db"),
        SqliteLogStore(settings.data_dir / "logs.db"),
    )

"""What the console and the API read: every store behind its port."""

from __future__ import annotations

from dataclasses import dataclass

from almenara_platform.logs.port import LogStore
from almenara_platform.store.port import LineageStore
from almenara_platform.traces.port import TraceStore


@dataclass(frozen=True, slots=True)
class Platform:
    """The stores of one running platform; which adapters they are is decided in the composition root."""

    lineage: LineageStore
    traces: TraceStore
    logs: LogStore

"""The lineage graph in memory with its names, as the answers read it."""

from __future__ import annotations

from almenara_platform.lineage.index.index import LineageIndex
from almenara_platform.lineage.index.snapshot import Snapshot

__all__ = ["LineageIndex", "Snapshot"]

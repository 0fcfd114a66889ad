"""The metrics of this process: what they are, and how they are shown."""

from __future__ import annotations

from almenara.metrics.exposition import exposition, queue_size, registry, serve
from almenara.metrics.registry import Metrics

__all__ = ["Metrics", "exposition", "queue_size", "registry", "serve"]

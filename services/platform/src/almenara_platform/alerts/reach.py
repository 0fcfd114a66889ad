"""What a pipeline's failure reaches: the port, and its null adapter."""

from __future__ import annotations

from typing import Protocol

from almenara_platform.alerts.model import UNKNOWN_REACH, Reach


class BlastRadius(Protocol):
    """Knows who is downstream. Methods may be called from any thread and raise ``StoreUnavailable``."""

    def of(self, pipeline: str) -> Reach:
        """What the pipeline writes and all that follows from it; ``known`` is False without lineage."""

    def all(self) -> dict[str, Reach]:
        """The reach of every known pipeline."""


class NoLineage:
    """The null adapter: nothing is known."""

    def of(self, pipeline: str) -> Reach:
        """Unknown."""
        return UNKNOWN_REACH

    def all(self) -> dict[str, Reach]:
        """No pipeline is known."""
        return {}

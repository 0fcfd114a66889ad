"""OpenLineage events of a run."""

from __future__ import annotations

from almenara.lineage.events import EventContext, run_event

__all__ = ["EventContext", "run_event"]

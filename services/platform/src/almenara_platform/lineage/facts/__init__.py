"""What one event says about the lineage graph, read without looking at anything else."""

from __future__ import annotations

from almenara_platform.lineage.facts.essence import REMEMBERED_BYTES, essence
from almenara_platform.lineage.facts.model import NOBODY, ColumnEdge, Entity, Facts, Kind, Statement, Told
from almenara_platform.lineage.facts.read import facts_of, read

__all__ = [
    "NOBODY",
    "REMEMBERED_BYTES",
    "ColumnEdge",
    "Entity",
    "Facts",
    "Kind",
    "Statement",
    "Told",
    "essence",
    "facts_of",
    "read",
]

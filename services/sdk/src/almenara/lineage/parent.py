"""The run that started this process, as a scheduler tells it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from almenara.lineage.events import ParentRun

VARIABLE = "OPENLINEAGE_PARENT_ID"


def parent_from(environ: Mapping[str, str]) -> ParentRun | None:
    """The parent in ``OPENLINEAGE_PARENT_ID`` (namespace/job/run id), None where there is none."""
    parts = environ.get(VARIABLE, "").rsplit("/", 2)
    if len(parts) != 3 or not all(parts):
        return None
    namespace, name, run_id = parts
    try:
        return ParentRun(namespace, name, str(UUID(run_id)))
    except ValueError:
        return None

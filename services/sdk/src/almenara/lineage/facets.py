"""Almenara's own run facets: the trace of a run, and its progress."""

from __future__ import annotations

from typing import Any

import attr
from openlineage.client.facet_v2 import RunFacet

PRODUCER = "urn:almenara:sdk"


@attr.define
class TraceRunFacet(RunFacet):
    """``almenara_trace``: where the run is found among the traces; ids in lower-case hex."""

    traceId: str = ""  # noqa: N815 - names of the wire format
    spanId: str = ""  # noqa: N815
    traceFlags: str = "00"  # noqa: N815

    @staticmethod
    def _get_schema() -> str:
        return "urn:almenara:facet:almenara_trace:1-0-0"


@attr.define
class ProgressRunFacet(RunFacet):
    """``almenara_run``: queue, heartbeat, and every stage and quality result so far.

    ``state`` is QUEUED for a run that waits in ``queue``, else None. ``heartbeat`` is true on an event that
    only says that the run is alive; the next one comes within ``heartbeatSeconds``.
    """

    state: str | None = None
    queue: str | None = None
    heartbeat: bool = False
    heartbeatSeconds: int | None = None  # noqa: N815
    attempt: int = 1
    stages: list[dict[str, Any]] = attr.field(factory=list)
    quality: list[dict[str, Any]] = attr.field(factory=list)

    @staticmethod
    def _get_schema() -> str:
        return "urn:almenara:facet:almenara_run:1-0-0"

"""OpenLineage events as emitters send them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RUN_ID = str(UUID(int=0x0195_0000_0000_7000_8000_0000_0000_0001))
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


def at(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def run_event(
    event_type: str,
    seconds: float = 0,
    *,
    run_id: str = RUN_ID,
    pipeline: str = "ventas_etl",
    namespace: str = "retail",
    facets: dict[str, Any] | None = None,
    job_facets: dict[str, Any] | None = None,
    inputs: list[dict[str, Any]] | None = None,
    outputs: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """A RunEvent, so many seconds after noon."""
    return {
        "eventType": event_type,
        "eventTime": at(seconds).isoformat(),
        "producer": "https://example.org/emitter",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": run_id, "facets": facets or {}},
        "job": {"namespace": namespace, "name": pipeline, "facets": job_facets or {}},
        "inputs": inputs or [],
        "outputs": outputs or [],
    }


def queued(seconds: float = -5, **more: Any) -> dict[str, Any]:
    """The event of a run that was accepted and waits."""
    return run_event("OTHER", seconds, facets={"almenara_run": {"state": "QUEUED", "queue": "runs"}}, **more)


def heartbeat(seconds: float, every: int = 15, attempt: int = 1, **more: Any) -> dict[str, Any]:
    """A RUNNING event that only says that the run is alive."""
    facet = {"heartbeat": True, "heartbeatSeconds": every, "attempt": attempt}
    return run_event("RUNNING", seconds, facets={"almenara_run": facet}, **more)


def progress(
    *stages: dict[str, Any], attempt: int = 1, quality: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """An ``almenara_run`` facet."""
    return {"almenara_run": {"attempt": attempt, "stages": list(stages), "quality": quality or []}}


def stage(name: str, state: str = "COMPLETE", **more: Any) -> dict[str, Any]:
    """One stage of an ``almenara_run`` facet."""
    return {
        "name": name,
        "state": state,
        "startedAt": NOON.isoformat(),
        "durationSeconds": 1.5,
        "records": 10,
        **more,
    }


def dataset(name: str, *columns: str, namespace: str = "file", **more: Any) -> dict[str, Any]:
    """A dataset with a schema of text columns."""
    fields = [{"name": column, "type": "string"} for column in columns]
    facets = {"schema": {"fields": fields}} if columns else {}
    return {"namespace": namespace, "name": name, "facets": facets | more.pop("facets", {}), **more}


def whole_run(
    run_id: str = RUN_ID, start: float = 0, seconds: float = 60, **more: Any
) -> list[dict[str, Any]]:
    """START and COMPLETE of one run."""
    return [
        run_event("START", start, run_id=run_id, **more),
        run_event("COMPLETE", start + seconds, run_id=run_id, **more),
    ]

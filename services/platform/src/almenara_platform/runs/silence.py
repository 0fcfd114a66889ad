"""When a run that sent heartbeats counts as dead, and what is recorded then."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from almenara_platform.clock import EPOCH
from almenara_platform.runs.event import SILENCE_FACET
from almenara_platform.runs.model import Run

MISSED_HEARTBEATS = 4
PRODUCER = "urn:almenara:platform"


def deadline(received_at: datetime, heartbeat_seconds: float) -> datetime:
    """When a run, last heard of at ``received_at``, has missed too many heartbeats."""
    return received_at + timedelta(seconds=min(heartbeat_seconds, 86_400.0) * MISSED_HEARTBEATS)


def abort_event(run: Run) -> dict[str, Any]:
    """The ABORT of a silent run, dated at its last sign of life so that any later one replaces it."""
    last = (run.last_event_at or EPOCH).isoformat()
    return {
        "eventType": "ABORT",
        "eventTime": last,
        "producer": PRODUCER,
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {
            "runId": run.original_run_id or run.run_id,
            "facets": {
                SILENCE_FACET: {
                    "_producer": PRODUCER,
                    "_schemaURL": f"{PRODUCER}:silence",
                    "lastEventAt": last,
                },
                "almenara_run": {
                    "_producer": PRODUCER,
                    "_schemaURL": f"{PRODUCER}:run",
                    "attempt": run.attempt,
                },
            },
        },
        "job": {"namespace": run.namespace, "name": run.pipeline},
    }

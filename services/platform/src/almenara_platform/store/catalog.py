"""What one event of any kind says about datasets and jobs, the same for every adapter of the store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from almenara_platform.clock import parse_time, to_micros
from almenara_platform.runs import facets
from almenara_platform.runs.identity import run_uuid
from almenara_platform.store.gist import Gist, gist
from almenara_platform.store.sightings import Job, Sighting

Stamp = tuple[int, str]
"""Event time in microseconds and the event's digest: the greater one wins, whatever came first."""


class Entry(NamedTuple):
    """An event as the catalog sees it."""

    time: datetime
    stamp: Stamp
    run_id: str | None
    job: Job | None
    datasets: tuple[Sighting, ...]
    gist: Gist


def read(event: dict[str, Any]) -> Entry:
    """The catalog's view of a validated event."""
    time, said = parse_time(event["eventTime"]), gist(event)
    micros = to_micros(time)
    stamp = (micros, said.digest(event, micros))
    return Entry(time, stamp, _run_id(event, said.job), said.job, said.datasets, said)


def _run_id(event: Mapping[str, Any], job: Job | None) -> str | None:
    run = facets.mapping(event.get("run"))
    return run_uuid(run["runId"], job.namespace, job.name) if run and job else None

"""What one event of any kind says about datasets and jobs, the same for every adapter of the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from almenara_platform.clock import parse_time, to_micros
from almenara_platform.lineage.facts import REMEMBERED_BYTES, essence
from almenara_platform.runs import facets
from almenara_platform.runs.identity import digest, run_uuid
from almenara_platform.runs.model import Column

Stamp = tuple[int, str]
"""Event time in microseconds and the event's digest: the greater one wins, whatever came first."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A dataset in an event. ``direction`` is "input", "output" or None; ``schema`` None when not told.

    ``packed`` is the schema as JSON.
    """

    namespace: str
    name: str
    direction: str | None
    schema: tuple[Column, ...] | None
    packed: bytes | None


@dataclass(frozen=True, slots=True)
class Job:
    """A job named in an event; ``owner`` is None when not told."""

    namespace: str
    name: str
    owner: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as the catalog sees it."""

    time: datetime
    stamp: Stamp
    run_id: str | None
    job: Job | None
    datasets: tuple[Sighting, ...]
    essence: bytes


def read(event: dict[str, Any]) -> Entry:
    """The catalog's view of a validated event."""
    time, packed = parse_time(event["eventTime"]), essence(event)
    job, datasets = _known(packed) if len(packed) <= REMEMBERED_BYTES else _named(event)
    return Entry(
        time=time,
        stamp=(to_micros(time), digest(event)),
        run_id=_run_id(event, job),
        job=job,
        datasets=datasets,
        essence=packed,
    )


@lru_cache(maxsize=2048)
def _known(packed: bytes) -> tuple[Job | None, tuple[Sighting, ...]]:
    return _named(orjson.loads(packed))


def _named(event: Mapping[str, Any]) -> tuple[Job | None, tuple[Sighting, ...]]:
    return _job(event.get("job")), tuple(_sightings(event))


def _job(value: Any) -> Job | None:
    job = facets.mapping(value)
    if not job:
        return None
    ownership = facets.mapping(facets.mapping(job.get("facets")).get("ownership"))
    return Job(job["namespace"], job["name"], facets.owners(ownership))


def _run_id(event: Mapping[str, Any], job: Job | None) -> str | None:
    run = facets.mapping(event.get("run"))
    return run_uuid(run["runId"], job.namespace, job.name) if run and job else None


def _sightings(event: Mapping[str, Any]) -> Iterator[Sighting]:
    for key, direction in (("inputs", "input"), ("outputs", "output")):
        for dataset in facets.items(event.get(key)):
            yield _sighting(dataset, direction)
    if facets.mapping(event.get("dataset")):
        yield _sighting(event["dataset"], None)


def _sighting(dataset: Mapping[str, Any], direction: str | None) -> Sighting:
    schema = facets.mapping(dataset.get("facets")).get("schema")
    known = facets.columns(schema) if isinstance(schema, dict) else None
    packed = None if known is None else orjson.dumps(known)
    return Sighting(dataset["namespace"], dataset["name"], direction, known, packed)

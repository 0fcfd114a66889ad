"""The job and the datasets that an event names, as the catalog keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from almenara_platform.runs import facets
from almenara_platform.runs.model import Column


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


def job_of(event: Mapping[str, Any]) -> Job | None:
    """The job of a validated event."""
    job = facets.mapping(event.get("job"))
    if not job:
        return None
    ownership = facets.mapping(facets.standing(job.get("facets")).get("ownership"))
    return Job(job["namespace"], job["name"], facets.owners(ownership))


def sightings_of(event: Mapping[str, Any]) -> tuple[Sighting, ...]:
    """The datasets of a validated event."""
    return tuple(_sightings(event))


def _sightings(event: Mapping[str, Any]) -> Iterator[Sighting]:
    for key, direction in (("inputs", "input"), ("outputs", "output")):
        for dataset in facets.items(event.get(key)):
            yield _sighting(dataset, direction)
    if facets.mapping(event.get("dataset")):
        yield _sighting(event["dataset"], None)


def _sighting(dataset: Mapping[str, Any], direction: str | None) -> Sighting:
    schema = facets.standing(dataset.get("facets")).get("schema")
    known = facets.columns(schema) if isinstance(schema, dict) else None
    packed = None if known is None else orjson.dumps(known)
    return Sighting(dataset["namespace"], dataset["name"], direction, known, packed)

"""What an event says apart from its own run and time, read once for all events that say the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from orjson import Fragment

from almenara_platform.gateway.parts import PARTS, packed
from almenara_platform.gateway.parts import REMEMBERED_BYTES as REMEMBERED_PARTS
from almenara_platform.lineage.facts import REMEMBERED_BYTES, Facts, essence, facts_of
from almenara_platform.runs import identity
from almenara_platform.runs.registers import Registers
from almenara_platform.store.sightings import Job, Sighting, job_of, sightings_of


@dataclass(frozen=True, slots=True)
class Gist:
    """Job and datasets of an event in the forms in which they are kept; not to be changed.

    ``texts`` and ``sorted_texts`` are its parts as JSON, with keys as they came and with sorted keys.
    """

    job: Job | None
    datasets: tuple[Sighting, ...]
    registers: Registers
    facts: Facts
    texts: Mapping[str, Fragment]
    sorted_texts: Mapping[str, Fragment]

    def body(self, event: Mapping[str, Any]) -> bytes:
        """The event as JSON, like ``orjson.dumps``."""
        return orjson.dumps(_with(event, self.texts))

    def digest(self, event: Mapping[str, Any]) -> str:
        """The event's digest, like ``identity.digest``."""
        return identity.digest(_with(event, self.sorted_texts))


def gist(event: Mapping[str, Any]) -> Gist:
    """The gist of a validated event."""
    told = packed(event)
    return _known(told) if len(told) <= REMEMBERED_PARTS else _read(event)


@lru_cache(maxsize=512)
def _known(told: bytes) -> Gist:
    # From the text, so that nothing that is kept belongs to the event of a caller.
    return _read(dict(zip(PARTS, orjson.loads(told), strict=True)))


def _read(event: Mapping[str, Any]) -> Gist:
    told = essence(event)
    job, datasets = _named(told) if len(told) <= REMEMBERED_BYTES else (job_of(event), sightings_of(event))
    parts = {part: event.get(part) for part in PARTS}
    return Gist(
        job=job,
        datasets=datasets,
        registers=Registers(event),
        facts=facts_of(event, told),
        texts={part: Fragment(orjson.dumps(value)) for part, value in parts.items()},
        sorted_texts={
            part: Fragment(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)) for part, value in parts.items()
        },
    )


@lru_cache(maxsize=2048)
def _named(told: bytes) -> tuple[Job | None, tuple[Sighting, ...]]:
    event = orjson.loads(told)
    return job_of(event), sightings_of(event)


def _with(event: Mapping[str, Any], texts: Mapping[str, Fragment]) -> dict[str, Any]:
    found = dict(event)
    for part, text in texts.items():
        if part in found:
            found[part] = text
    return found

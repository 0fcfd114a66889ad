"""What an event says apart from its own run and time, read once for all events that say the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import orjson
from orjson import Fragment

from almenara_platform.gateway.parts import PARTS, measured_in, packed, told
from almenara_platform.gateway.parts import REMEMBERED_BYTES as REMEMBERED_PARTS
from almenara_platform.lineage.facts import REMEMBERED_BYTES, Facts, essence, facts_of
from almenara_platform.runs import identity
from almenara_platform.runs.registers import Registers
from almenara_platform.store.sightings import Job, Sighting, job_of, sightings_of


@dataclass(eq=False)
class Gist:
    """Job and datasets of an event in the forms in which they are kept; not to be changed.

    ``packed`` is its parts as JSON without what is measured, and ``texts`` each of them;
    ``digests`` are their names. ``told`` is how many events said this, as far as that is remembered.
    """

    packed: bytes
    job: Job | None
    datasets: tuple[Sighting, ...]
    registers: Registers
    facts: Facts
    texts: Mapping[str, Fragment]
    digests: Mapping[str, str]
    told: int = field(default=0, init=False)

    @cached_property
    def key(self) -> str:
        """Under what its parts are kept."""
        return hashlib.blake2b(self.packed, digest_size=16).hexdigest()

    def own(self, event: Mapping[str, Any]) -> bytes:
        """What the event does not share, as JSON, with null for each of its parts."""
        apart = measured_in(event)
        return orjson.dumps(
            {name: apart.get(name) if name in PARTS else value for name, value in event.items()}
        )

    def body(self, event: Mapping[str, Any]) -> bytes:
        """The event as JSON, like ``orjson.dumps``."""
        if measured_in(event):
            return orjson.dumps(event)
        return orjson.dumps({name: self.texts.get(name, value) for name, value in event.items()})

    def digest(self, event: Mapping[str, Any], known_micros: int | None = None) -> str:
        """The event's digest, like ``identity.digest``."""
        return identity.digest(event, self.digests, known_micros)


def gist(event: Mapping[str, Any]) -> Gist:
    """The gist of a validated event."""
    text = packed(event)
    found = of(text) if len(text) <= REMEMBERED_PARTS else _read(told(event), text)
    found.told += 1
    return found


@lru_cache(maxsize=2048)
def of(told: bytes) -> Gist:
    """The gist of parts as JSON."""
    # From the text, so that nothing that is kept belongs to the event of a caller.
    return _read(dict(zip(PARTS, orjson.loads(told), strict=True)), told)


def _read(event: Mapping[str, Any], packed_parts: bytes) -> Gist:
    told = essence(event)
    job, datasets = _named(told) if len(told) <= REMEMBERED_BYTES else (job_of(event), sightings_of(event))
    parts = {part: event.get(part) for part in PARTS}
    return Gist(
        packed=packed_parts,
        job=job,
        datasets=datasets,
        registers=Registers(event),
        facts=facts_of(event, told),
        texts={part: Fragment(orjson.dumps(value)) for part, value in parts.items()},
        digests=identity.part_digests(event),
    )


@lru_cache(maxsize=2048)
def _named(told: bytes) -> tuple[Job | None, tuple[Sighting, ...]]:
    event = orjson.loads(told)
    return job_of(event), sightings_of(event)

"""What an event says apart from its own run and time, read once for all events that say the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from orjson import Fragment

from almenara_platform.lineage.facts import REMEMBERED_BYTES, Facts, essence, facts_of
from almenara_platform.runs import identity
from almenara_platform.runs.registers import Registers
from almenara_platform.store.sightings import Job, Sighting, job_of, sightings_of

_PARTS = ("job", "inputs", "outputs", "dataset")
_GIST_BYTES = 16_384
"""A longer gist is seldom told twice, and would take the room of many."""


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
    packed = orjson.dumps([event.get(part) for part in _PARTS])
    return _known(packed) if len(packed) <= _GIST_BYTES else _read(event)


@lru_cache(maxsize=512)
def _known(packed: bytes) -> Gist:
    # From the text, so that nothing that is kept belongs to the event of a caller.
    return _read(dict(zip(_PARTS, orjson.loads(packed), strict=True)))


def _read(event: Mapping[str, Any]) -> Gist:
    packed = essence(event)
    job, datasets = (
        _named(packed) if len(packed) <= REMEMBERED_BYTES else (job_of(event), sightings_of(event))
    )
    parts = {part: event.get(part) for part in _PARTS}
    return Gist(
        job=job,
        datasets=datasets,
        registers=Registers(event),
        facts=facts_of(event, packed),
        texts={part: Fragment(orjson.dumps(value)) for part, value in parts.items()},
        sorted_texts={
            part: Fragment(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)) for part, value in parts.items()
        },
    )


@lru_cache(maxsize=2048)
def _named(packed: bytes) -> tuple[Job | None, tuple[Sighting, ...]]:
    event = orjson.loads(packed)
    return job_of(event), sightings_of(event)


def _with(event: Mapping[str, Any], texts: Mapping[str, Fragment]) -> dict[str, Any]:
    return {**event, **{part: text for part, text in texts.items() if part in event}}

"""Names of runs and events: what makes two of them the same."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid5

import orjson

from almenara_platform.clock import parse_time, to_micros
from almenara_platform.gateway.parts import PARTS, measured_in, told

_CANONICAL = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SHORT_CHARACTERS = 13
_BY_NAME = UUID("6f0a5f5e-3c41-5b1d-9a53-2f8b8b8f5c11")


@lru_cache(maxsize=4096)
def is_uuid(text: str) -> bool:
    """Whether ``text`` is a UUID in its usual form of 36 characters."""
    return _CANONICAL.fullmatch(text) is not None


def run_uuid(run_id: str, namespace: str, pipeline: str) -> str:
    """The id under which a run is kept: its own in lower case, or a name-based UUID where it is no UUID.

    The job is part of the name, because schedulers give the same id ("scheduled__2026-01-01") to many jobs.
    """
    if is_uuid(run_id):
        return run_id.lower()
    return str(uuid5(_BY_NAME, "\n".join((namespace, pipeline, run_id))))


def short_id(an_id: str) -> str:
    """Enough of an id, which may begin with a time, to tell it from its neighbours in a list."""
    return an_id if len(an_id) <= _SHORT_CHARACTERS else f"{an_id[:_SHORT_CHARACTERS]}…"


def digest(
    event: Mapping[str, Any], parts: Mapping[str, str] | None = None, known_micros: int | None = None
) -> str:
    """A name for a validated event, the same however its keys were ordered.

    It begins with the event's time, so that events that come together lie together in an index of their
    names. ``parts`` are the digests of those that it may share with other events, and ``known_micros`` its
    time, where they are known.
    """
    known = part_digests(told(event)) if parts is None else parts
    own = {name: known.get(name, value) for name, value in event.items()}
    if apart := measured_in(event):
        own |= {side: [known[side], each] for side, each in apart.items()}
    micros = to_micros(parse_time(event["eventTime"])) if known_micros is None else known_micros
    return f"{micros:014x}{_digest(own)}"


def part_digests(event: Mapping[str, Any]) -> dict[str, str]:
    """The digests of job, inputs, outputs and dataset, from which what is measured was taken out."""
    return {name: _digest(event.get(name)) for name in PARTS}


def _digest(value: Any) -> str:
    return hashlib.blake2b(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()

"""Names of runs and events: what makes two of them the same."""

from __future__ import annotations

import hashlib
import re
from typing import Any
from uuid import UUID, uuid5

import orjson

_CANONICAL = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SHORT_CHARACTERS = 13
_BY_NAME = UUID("6f0a5f5e-3c41-5b1d-9a53-2f8b8b8f5c11")


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


def digest(event: dict[str, Any]) -> str:
    """The same 32 hex digits for the same event, however its keys were ordered."""
    return hashlib.blake2b(orjson.dumps(event, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()

"""Where run ids come from and how they are written."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from openlineage.client.uuid import generate_new_uuid

from almenara.exceptions import RunIdError


class RunIds(Protocol):
    """Gives out run ids."""

    def run_id(self) -> str:
        """A new id: a UUID in its canonical form."""
        ...


class TimeOrderedRunIds:
    """UUIDv7: an id sorts by the moment it was given out, as OpenLineage recommends for runs."""

    def run_id(self) -> str:
        return str(generate_new_uuid())


class SequentialRunIds:
    """00000000-0000-7000-8000-000000000001 and upwards, for tests."""

    def __init__(self) -> None:
        self._given = 0

    def run_id(self) -> str:
        self._given += 1
        return f"00000000-0000-7000-8000-{self._given:012x}"


def canonical_run_id(value: str) -> str:
    """``value`` as lower-case UUID with dashes.

    Raises RunIdError when it is no UUID: OpenLineage allows nothing else.
    """
    try:
        return str(UUID(value))
    except (ValueError, AttributeError, TypeError) as error:
        raise RunIdError(f"run_id must be a UUID, got {value!r}; leave it out to be given one") from error

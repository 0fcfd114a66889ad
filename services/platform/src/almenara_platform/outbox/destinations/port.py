"""The port of a destination: how an event must look there, and what became of sending it.

DeliveryError
├── Refused   the destination will never take this event
├── Failed    this event was not taken now; another one may be
└── Away      the destination takes nothing now
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from almenara_platform.exceptions import AlmenaraPlatformError
from almenara_platform.runs.model import Column

DatasetName = tuple[str, str]
"""Namespace and name."""


class DeliveryError(AlmenaraPlatformError):
    """An event was not delivered; the message says why."""


class Refused(DeliveryError):
    """The destination will never take this event."""


class Failed(DeliveryError):
    """This event was not taken now; another one may be."""


class Away(DeliveryError):
    """The destination takes nothing now."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What may be sent of an event, None for nothing, and the faults for which the rest may not."""

    event: dict[str, Any] | None
    faults: tuple[str, ...] = ()


class Knowledge(Protocol):
    """What the platform knows beyond one event."""

    def columns(self, names: Collection[DatasetName]) -> Mapping[DatasetName, Sequence[Column]]:
        """The newest schemas of these datasets; those without one are left out."""

    def parent(self, run_id: str) -> Mapping[str, Any]:
        """The ``parent`` facet of a run, empty when it has none."""


class Destination(Protocol):
    """One backend that takes OpenLineage events. Both methods may be called from several threads."""

    @property
    def name(self) -> str:
        """What metrics, commands and messages call it."""

    def prepare(self, event: dict[str, Any], knowledge: Knowledge) -> Parcel:
        """The event as this destination needs it; ``event`` may be changed."""

    def send(self, event: dict[str, Any]) -> None:
        """Deliver it; raises a ``DeliveryError``. An event that is sent twice must do no harm."""

    def close(self) -> None:
        """Release connections."""

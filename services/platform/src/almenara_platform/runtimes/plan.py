"""What is to run in containers, and what they need of this machine."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from almenara_platform.runtimes.engine import Service


@dataclass(frozen=True, slots=True)
class Shown:
    """What the table says of a service: its main port inside the container and what is there.

    ``{4317}`` in ``shows`` stands for where that port of the container is published.
    """

    port: int
    setting: str
    shows: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What of the file is to run, with ``environ`` beside the engine's own variables.

    ``missing`` maps services without an image to the reason.
    """

    services: tuple[Service, ...]
    missing: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Names of the services that run."""
        return [service.name for service in self.services]


@dataclass(frozen=True, slots=True)
class Rendered:
    """What the compose file is told of a rendered configuration, and notes for the user."""

    environ: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()


class Surroundings(Protocol):
    """What the containers need of this machine beside the compose file."""

    def prepare(self) -> Sequence[str]:
        """Write the secrets that are missing; returns notes for the user."""

    def render(self, absent: Collection[str]) -> Rendered:
        """Write the configuration of a stack without these services."""

    def sources(self) -> str:
        """The fingerprint of what our images are built from."""

    def changed(self, services: Iterable[Service]) -> Sequence[str]:
        """Services whose mounted files are others than at the last call of ``remember``."""

    def remember(self, services: Iterable[Service]) -> None:
        """Keep the state of the mounted files."""

    def complaint(self, service: str, running: Collection[str]) -> str:
        """What a service without a health check lacks, asked from outside; empty for nothing.

        ``running`` are the services that may be asked.
        """

    def remove(self) -> None:
        """Remove what ``prepare`` wrote, but not the secrets."""


def left_out(services: Sequence[Service], reasons: Mapping[str, str]) -> dict[str, str]:
    """Why each service is left out: those that have a reason, and all that need them."""
    names = set(reasons)
    while more := {one.name for one in services if one.needs & names} - names:
        names |= more
    needed = {one.name: f"it needs {', '.join(sorted(one.needs & names))}" for one in services}
    return {one.name: reasons.get(one.name, needed[one.name]) for one in services if one.name in names}

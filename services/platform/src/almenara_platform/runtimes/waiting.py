"""Waiting for containers to become healthy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from almenara_platform.runtimes.engine import Container, Engine, Service, Starting
from almenara_platform.runtimes.exceptions import PartFailed
from almenara_platform.runtimes.looks import ABSENT, Looks
from almenara_platform.runtimes.plan import Plan
from almenara_platform.runtimes.port import Progress

POLL_SECONDS = 0.5
MOST_RESTARTS = 3
"""A container that ended so often while it should start will not start."""


class Waiting:
    """Looks at the containers of a start until all are healthy or one will never be."""

    def __init__(
        self,
        engine: Engine,
        looks: Looks,
        ready_seconds: float,
        now: Callable[[], datetime],
        wait: Callable[[float], None],
    ) -> None:
        self._engine = engine
        self._looks = looks
        self._ready_seconds = ready_seconds
        self._now = now
        self._wait = wait
        self._took: dict[str, float] = {}

    def until_healthy(self, plan: Plan, starting: Starting, progress: Progress) -> dict[str, float]:
        """The seconds that each part took from the start of its container; raises ``PartFailed``."""
        begun = self._now()
        while True:
            # A container that is healthy now may be about to make way for a new one, until Compose is done.
            finished = starting.is_done()
            containers = self._engine.containers()
            late = (self._now() - begun).total_seconds() > self._ready_seconds
            for service in plan.services:
                self._refuse_hopeless(service, containers, late)
            if complaint := starting.complaint():
                raise self._failure(plan, complaint)
            seconds = dict(self._healthy(plan, containers, progress))
            if finished and all(one.runs_once or one.name in seconds for one in plan.services):
                return seconds
            self._wait(POLL_SECONDS)

    def _healthy(
        self, plan: Plan, containers: Mapping[str, Container], progress: Progress
    ) -> Iterator[tuple[str, float]]:
        """The services that are healthy, with the seconds that they took when this was first seen."""
        for service in plan.services:
            if not service.runs_once:
                status = self._looks.status(service, containers)
                if status.healthy:
                    container = containers[service.name]
                    took = self._took.setdefault(container.id, self._looks.age(container))
                    status = replace(status, start_seconds=took)
                    yield service.name, took
                progress.part(status)

    def _failure(self, plan: Plan, complaint: Sequence[str]) -> PartFailed:
        """What made the start fail: last lines of the container that the engine names, else its own words."""
        message = f"docker compose up failed: {complaint[-1]}"
        named = [name for name in plan.names if f"-{name}-1 " in complaint[-1]]
        if not named:
            return PartFailed(message, complaint[:-1])
        return PartFailed(f"{message}; the last lines of {named[0]}:", self._engine.last_lines(named[0]))

    def _refuse_hopeless(self, service: Service, containers: Mapping[str, Container], late: bool) -> None:
        """Raise ``PartFailed`` with the last lines of a container that will not become healthy."""
        container = containers.get(service.name, ABSENT)
        hopeless = is_ill(container) or container.restarts >= MOST_RESTARTS
        if service.runs_once:
            hopeless = container.state == "exited" and container.exit_code != 0
            late = False
        if (hopeless or late) and (detail := self._looks.detail(service, containers)):
            reason = f"{service.name} does not become healthy: {detail}; its last lines:"
            raise PartFailed(reason, self._engine.last_lines(service.name))


def is_ill(container: Container) -> bool:
    """Whether its checks fail; one that makes way for another ends, and its last check may have failed."""
    return container.state == "running" and container.health == "unhealthy"

"""How services and their containers look to a user."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from almenara_platform.runtimes.engine import Container, Service
from almenara_platform.runtimes.parts import Part
from almenara_platform.runtimes.plan import Shown, Surroundings
from almenara_platform.runtimes.port import PartStatus

ABSENT = Container("", "stopped")


class Looks:
    """Tells state, health and address; ``shown`` says of some services what is at their address."""

    def __init__(
        self, shown: Mapping[str, Shown], around: Surroundings, host: str, now: Callable[[], datetime]
    ) -> None:
        self._shown = shown
        self._around = around
        self._host = host
        self._now = now

    def status(self, service: Service, containers: Mapping[str, Container]) -> PartStatus:
        """A service as the table of parts has it."""
        container = containers.get(service.name, ABSENT)
        detail = self.detail(service, containers)
        return PartStatus(
            name=service.name,
            state=container.state,
            healthy=not detail,
            detail=detail,
            pid=container.pid,
            uptime_seconds=self.age(container) if container.state == "running" else None,
            restarts=container.restarts,
            url=self.url(service),
            shows=self._shows(service),
        )

    def detail(self, service: Service, containers: Mapping[str, Container]) -> str:
        """What it lacks to be healthy; empty for nothing."""
        container = containers.get(service.name, ABSENT)
        if container.state != "running":
            return f"its container is {container.state}"
        if container.health:
            return "" if container.health == "healthy" else f"its health check says {container.health}"
        running = {name for name, one in containers.items() if one.state == "running"}
        return self._around.complaint(service.name, running)

    def age(self, container: Container) -> float:
        """Seconds since its start."""
        return (self._now() - container.started_at).total_seconds() if container.started_at else 0.0

    def url(self, service: Service) -> str | None:
        """Where it is published; None where nothing of it is to be looked at."""
        shown = self._shown.get(service.name)
        if shown is None:
            return None
        published = {inside: outside for outside, inside in service.ports.items()}
        return f"http://{self._host}:{published[shown.port]}" if shown.port in published else None

    def _shows(self, service: Service) -> str:
        published = {str(inside): str(outside) for outside, inside in service.ports.items()}
        words = self._shown[service.name].shows if service.name in self._shown else ""
        return re.sub(r"\{(\d+)\}", lambda port: published.get(port[1], port[1]), words)

    def parts(self, services: Iterable[Service], containers: Mapping[str, Container]) -> list[Part]:
        """The ports to be taken, as parts of one port each."""
        return [
            Part(one.name, (), port, self._setting(one.name, inside), "", "")
            for one in services
            if containers.get(one.name, ABSENT).state not in ("running", "restarting")
            for port, inside in one.ports.items()
        ]

    def _setting(self, name: str, inside: int) -> str:
        if name == "otel-collector":
            return "ALMENARA_PORT_OTLP_GRPC" if inside == 4317 else "ALMENARA_PORT_OTLP_HTTP"
        return self._shown[name].setting

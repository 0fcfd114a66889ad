"""The compose runtime: every real component of docker-compose.yml in containers."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

from almenara_platform.counting import counted
from almenara_platform.runtimes import ports
from almenara_platform.runtimes.engine import Container, Engine, Service, Starting
from almenara_platform.runtimes.exceptions import PartFailed, RuntimeFailure, UnknownPart
from almenara_platform.runtimes.parts import Part
from almenara_platform.runtimes.port import LogLine, PartStatus, Progress, Started

READY_SECONDS = 300
POLL_SECONDS = 0.5
MOST_RESTARTS = 3
"""A container that ended so often while it should start will not start."""
ABSENT = Container("", "stopped")


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


class Compose:
    """Runs the services of the compose file; ``shown`` says of some what is at their address."""

    name = "compose"

    def __init__(
        self,
        *,
        engine: Engine,
        shown: Mapping[str, Shown],
        skipped: Sequence[str],
        surroundings: Surroundings,
        host: str = ports.LOOPBACK,
        ready_seconds: float = READY_SECONDS,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._engine = engine
        self._shown = shown
        self._skipped = tuple(skipped)
        self._around = surroundings
        self._host = host
        self._ready_seconds = ready_seconds
        self._now = now
        self._wait = wait
        self._took: dict[str, float] = {}

    def is_running(self) -> bool:
        """Whether a container of the project is there."""
        with suppress(RuntimeFailure):
            return any(one.state != "exited" for one in self._engine.containers().values())
        return False

    def up(self, progress: Progress) -> Started:
        """Start what does not run; on failure stop everything if nothing ran before."""
        wanted = self._wanted(self._engine.services())
        before = self._engine.containers()
        ports.require_free(self._parts(wanted, before), self._holder)
        # Told at once, because the file stays whatever becomes of the start.
        for note in self._around.prepare():
            progress.note(note)
        plan = self._with_images(wanted, progress)
        for name, why in plan.missing.items():
            progress.note(f"{name} is left out: {why}")
        rendered = self._around.render({*self._skipped, *plan.missing})
        plan = replace(plan, environ=rendered.environ)
        seconds = self._start(plan, progress, before)
        self._around.remember(plan.services)
        return Started(self._started(plan, before, seconds), self._differs(before), rendered.notes)

    def down(self) -> Sequence[str]:
        """Stop and remove the containers; the volumes stay."""
        names = [name for name, one in self._engine.containers().items() if one.state == "running"]
        self._engine.down()
        return names

    def status(self) -> Sequence[PartStatus]:
        """Every service that was started, whatever profiles say now; where none was, what they ask for."""
        containers = self._engine.containers()
        known = [one for one in self._engine.services(every_profile=True) if not one.runs_once]
        started = [one for one in known if one.name in containers]
        services = started or [one for one in self._engine.services() if not one.runs_once]
        return [self._status(service, containers) for service in services]

    def logs(self, parts: Sequence[str], lines: int, follow: bool) -> Iterator[LogLine]:
        """Lines of the containers."""
        known = [one.name for one in self._engine.services(every_profile=True)]
        unknown = [name for name in parts if name not in known]
        if unknown:
            raise UnknownPart(f"there is no part {unknown[0]!r}; there are {', '.join(known)}")
        for name, text in self._engine.logs(parts, lines, follow):
            yield LogLine(name, text)

    def clean(self) -> Sequence[str]:
        """Remove containers, volumes and rendered files; .env stays, it may hold a user's own lines."""
        volumes = self._engine.volumes()
        self._engine.down(volumes=True)
        self._around.remove()
        # Compose passes over a volume that another container uses and calls that a success.
        if left := self._engine.volumes():
            raise RuntimeFailure(
                f"Docker keeps the volumes {', '.join(left)}; see who uses them, then `docker volume rm` them"
            )
        return [f"{counted(len(volumes), 'volume')} of Docker Compose"] if volumes else []

    def addresses(self) -> Mapping[str, str]:
        """Where the services are published."""
        found = {one.name: self._url(one) for one in self._engine.services()}
        return {name: url for name, url in found.items() if url}

    def _wanted(self, services: Sequence[Service]) -> list[Service]:
        names = [one.name for one in services]
        unknown = [name for name in self._skipped if name not in names]
        if unknown:
            raise UnknownPart(f"SKIP names {unknown[0]!r}, which is none of {', '.join(names)}")
        return _without(services, set(self._skipped))

    def _with_images(self, wanted: Sequence[Service], progress: Progress) -> Plan:
        missing: dict[str, str] = {}
        sources = self._around.sources()
        for service in wanted:
            if service.built:
                if self._engine.sources_of(service.image) != sources:
                    progress.note(f"Building the image of {service.name}")
                    self._engine.build(service.name)
            elif not self._engine.has_image(service.image):
                progress.note(f"Fetching {service.image}")
                if reason := self._engine.pull(service.name):
                    missing[service.name] = f"{service.image} cannot be fetched ({reason})"
        left = _without(wanted, set(missing))
        for lost in (one for one in wanted if one not in left and one.name not in missing):
            missing[lost.name] = f"it needs {', '.join(sorted(lost.needs & set(missing)))}"
        return Plan(tuple(left), missing)

    def _stale(self, plan: Plan, before: Mapping[str, Container]) -> list[str]:
        """What has to start anew: mounted files changed, or an old illness would end the start at once."""
        changed = self._around.changed(plan.services)
        return [
            name for name, one in before.items() if name in plan.names and (name in changed or _is_ill(one))
        ]

    def _start(self, plan: Plan, progress: Progress, before: Mapping[str, Container]) -> dict[str, float]:
        """Start and wait for health; the seconds that each part took from the start of its container."""
        try:
            return self._start_once(plan, progress, before)
        except (RuntimeFailure, KeyboardInterrupt) as failure:
            if not before:
                self._engine.down()
            if not before or not isinstance(failure, PartFailed):
                raise
        # A part may have been ill only because what it needs was being replaced.
        return self._start_once(plan, progress, self._engine.containers())

    def _start_once(
        self, plan: Plan, progress: Progress, before: Mapping[str, Container]
    ) -> dict[str, float]:
        if stale := self._stale(plan, before):
            self._engine.restart(stale)
        starting = self._engine.start(plan.names, plan.environ)
        try:
            return self._until_healthy(plan, starting, progress)
        finally:
            starting.stop()

    def _until_healthy(self, plan: Plan, starting: Starting, progress: Progress) -> dict[str, float]:
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
                status = self._status(service, containers)
                if status.healthy:
                    container = containers[service.name]
                    took = self._took.setdefault(container.id, self._age(container))
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
        hopeless = _is_ill(container) or container.restarts >= MOST_RESTARTS
        if service.runs_once:
            hopeless = container.state == "exited" and container.exit_code != 0
            late = False
        if (hopeless or late) and (detail := self._detail(service, containers)):
            reason = f"{service.name} does not become healthy: {detail}; its last lines:"
            raise PartFailed(reason, self._engine.last_lines(service.name))

    def _started(
        self, plan: Plan, before: Mapping[str, Container], seconds: Mapping[str, float]
    ) -> list[PartStatus]:
        """The parts that should run, with start-up times for those that were not running before."""
        running = {name for name, one in before.items() if one.state == "running"}
        return [
            replace(one, start_seconds=None if one.name in running else seconds.get(one.name))
            for one in self.status()
            if one.name in plan.names
        ]

    def _differs(self, before: Mapping[str, Container]) -> bool:
        """Whether a container is another one than before, or was started since."""
        services = {one.name for one in self._engine.services() if not one.runs_once}
        after = {name: one for name, one in self._engine.containers().items() if name in services}
        return any(
            name not in before or (before[name].id, before[name].started_at) != (one.id, one.started_at)
            for name, one in after.items()
        )

    def _status(self, service: Service, containers: Mapping[str, Container]) -> PartStatus:
        container = containers.get(service.name, ABSENT)
        detail = self._detail(service, containers)
        return PartStatus(
            name=service.name,
            state=container.state,
            healthy=not detail,
            detail=detail,
            pid=container.pid,
            uptime_seconds=self._age(container) if container.state == "running" else None,
            restarts=container.restarts,
            url=self._url(service),
            shows=self._shows(service),
        )

    def _detail(self, service: Service, containers: Mapping[str, Container]) -> str:
        container = containers.get(service.name, ABSENT)
        if container.state != "running":
            return f"its container is {container.state}"
        if container.health:
            return "" if container.health == "healthy" else f"its health check says {container.health}"
        running = {name for name, one in containers.items() if one.state == "running"}
        return self._around.complaint(service.name, running)

    def _age(self, container: Container) -> float:
        return (self._now() - container.started_at).total_seconds() if container.started_at else 0.0

    def _url(self, service: Service) -> str | None:
        shown = self._shown.get(service.name)
        if shown is None:
            return None
        published = {inside: outside for outside, inside in service.ports.items()}
        return f"http://{self._host}:{published[shown.port]}" if shown.port in published else None

    def _shows(self, service: Service) -> str:
        published = {str(inside): str(outside) for outside, inside in service.ports.items()}
        words = self._shown[service.name].shows if service.name in self._shown else ""
        return re.sub(r"\{(\d+)\}", lambda port: published.get(port[1], port[1]), words)

    def _holder(self, port: int) -> object | None:
        return self._engine.container_on(port) or ports.holder_of(port)

    def _parts(self, services: Iterable[Service], containers: Mapping[str, Container]) -> list[Part]:
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


def _is_ill(container: Container) -> bool:
    """Whether its checks fail; one that makes way for another ends, and its last check may have failed."""
    return container.state == "running" and container.health == "unhealthy"


def _without(services: Sequence[Service], names: set[str]) -> list[Service]:
    """The services but these and all that need them."""
    while more := {one.name for one in services if one.needs & names} - names:
        names = names | more
    return [one for one in services if one.name not in names]

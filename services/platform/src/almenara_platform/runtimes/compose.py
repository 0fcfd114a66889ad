"""The compose runtime: every real component of docker-compose.yml in containers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from almenara_platform.runtimes import ports
from almenara_platform.runtimes.engine import Container, Engine, Service
from almenara_platform.runtimes.exceptions import PartFailed, UnknownPart
from almenara_platform.runtimes.parts import Part
from almenara_platform.runtimes.port import LogLine, PartStatus, Progress, Started

READY_SECONDS = 300
POLL_SECONDS = 1.0
ABSENT = Container("", "stopped", "", 0, created=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the table says of a service: its main port inside the container and what is there."""

    port: int
    setting: str
    shows: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What of the file is to run: ``missing`` maps services without an image to the reason."""

    services: tuple[Service, ...]
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Names of the services that run."""
        return [service.name for service in self.services]


class Compose:
    """Runs the services of the compose file. ``prepare`` writes what they read and returns notes on it;
    ``complaint`` says from outside what a service without a health check lacks."""

    name = "compose"

    def __init__(
        self,
        *,
        engine: Engine,
        shown: Mapping[str, Shown],
        skipped: Sequence[str],
        prepare: Callable[[], Sequence[str]],
        complaint: Callable[[str], str],
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._engine = engine
        self._shown = shown
        self._skipped = tuple(skipped)
        self._prepare = prepare
        self._complaint = complaint
        self._clock = clock
        self._wait = wait

    def is_running(self) -> bool:
        """Whether a container of the project is there."""
        return any(one.state != "exited" for one in self._engine.containers().values())

    def up(self, progress: Progress) -> Started:
        """Start what does not run; on failure stop everything if nothing ran before."""
        notes = list(self._prepare())
        wanted = self._wanted(self._engine.services())
        running = self._engine.containers()
        resting = [
            one for one in wanted if running.get(one.name, ABSENT).state != "running" and not one.runs_once
        ]
        ports.require_free(self._parts(one for one in resting if one.name not in running))
        plan = self._with_images(wanted, progress)
        notes += [f"{name} is left out: {why}" for name, why in plan.missing.items()]
        if not any(one.name in plan.names for one in resting):
            return Started(self.status(), False, notes)
        took = self._start(plan, resting, progress, fresh=not running)
        statuses = [_with_seconds(one, took) for one in self.status() if one.name in plan.names]
        return Started(statuses, True, notes)

    def down(self) -> Sequence[str]:
        """Stop and remove the containers; the volumes stay."""
        names = [name for name, one in self._engine.containers().items() if one.state == "running"]
        self._engine.down()
        return names

    def status(self) -> Sequence[PartStatus]:
        """Every service of the file that has a container, or none if nothing runs."""
        containers = self._engine.containers()
        services = [one for one in self._engine.services() if not one.runs_once and one.name in containers]
        return [self._status(service, containers[service.name]) for service in services]

    def logs(self, parts: Sequence[str], lines: int, follow: bool) -> Iterator[LogLine]:
        """Lines of the containers."""
        known = [one.name for one in self._engine.services()]
        unknown = [name for name in parts if name not in known]
        if unknown:
            raise UnknownPart(f"there is no part {unknown[0]!r}; there are {', '.join(known)}")
        for name, text in self._engine.logs(parts, lines, follow):
            yield LogLine(name, text)

    def clean(self) -> None:
        """Remove containers and volumes."""
        self._engine.down(volumes=True)

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
        for service in wanted:
            if service.built:
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

    def _start(
        self, plan: Plan, resting: Sequence[Service], progress: Progress, fresh: bool
    ) -> dict[str, float]:
        begun = self._clock()
        took: dict[str, float] = {}
        try:
            self._engine.up(plan.names)
            while waiting := [one for one in plan.services if one.name not in took and not one.runs_once]:
                self._look(waiting, begun, took, progress)
                self._wait(POLL_SECONDS)
        except (PartFailed, KeyboardInterrupt):
            if fresh:
                self._engine.down()
            raise
        started = {one.name for one in resting}
        return {name: seconds for name, seconds in took.items() if name in started}

    def _look(
        self, waiting: Sequence[Service], begun: float, took: dict[str, float], progress: Progress
    ) -> None:
        containers = self._engine.containers()
        for service in waiting:
            status = self._status(service, containers.get(service.name, ABSENT))
            if status.healthy:
                took[service.name] = self._clock() - begun
                status = _with_seconds(status, took)
            elif self._clock() - begun > READY_SECONDS:
                lines = self._engine.last_lines(service.name)
                raise PartFailed(
                    f"{service.name} is not healthy after {READY_SECONDS} s ({status.detail}); it says:",
                    lines,
                )
            progress.part(status)

    def _status(self, service: Service, container: Container) -> PartStatus:
        shown = self._shown.get(service.name)
        detail = self._detail(service, container)
        return PartStatus(
            name=service.name,
            state=container.state,
            healthy=not detail,
            detail=detail,
            url=self._url(service),
            shows=shown.shows if shown else "",
        )

    def _detail(self, service: Service, container: Container) -> str:
        if container.state != "running":
            return f"its container is {container.state}"
        if container.health:
            return "" if container.health == "healthy" else f"its health check says {container.health}"
        return self._complaint(service.name)

    def _url(self, service: Service) -> str | None:
        shown = self._shown.get(service.name)
        if shown is None:
            return None
        published = {inside: outside for outside, inside in service.ports.items()}
        return f"http://127.0.0.1:{published[shown.port]}" if shown.port in published else None

    def _parts(self, services: Iterator[Service]) -> list[Part]:
        return [
            Part(one.name, (), port, self._setting(one.name, inside), "", "")
            for one in services
            for port, inside in one.ports.items()
        ]

    def _setting(self, name: str, inside: int) -> str:
        if name == "otel-collector":
            return "ALMENARA_PORT_OTLP_GRPC" if inside == 4317 else "ALMENARA_PORT_OTLP_HTTP"
        return self._shown[name].setting


def _without(services: Sequence[Service], names: set[str]) -> list[Service]:
    """The services but these and all that need them."""
    while more := {one.name for one in services if one.needs & names} - names:
        names = names | more
    return [one for one in services if one.name not in names]


def _with_seconds(status: PartStatus, took: Mapping[str, float]) -> PartStatus:
    return replace(status, start_seconds=took.get(status.name))

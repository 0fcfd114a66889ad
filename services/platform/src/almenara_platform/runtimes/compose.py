"""The compose runtime: every real component of docker-compose.yml in containers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from almenara_platform.counting import counted
from almenara_platform.runtimes import ports
from almenara_platform.runtimes.engine import Container, Engine, Service
from almenara_platform.runtimes.exceptions import PartFailed, RuntimeFailure, UnknownPart
from almenara_platform.runtimes.looks import Looks
from almenara_platform.runtimes.plan import Plan, Shown, Surroundings, left_out
from almenara_platform.runtimes.port import LogLine, PartStatus, Progress, Started
from almenara_platform.runtimes.waiting import Waiting, is_ill

READY_SECONDS = 300


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
        self._skipped = tuple(skipped)
        self._around = surroundings
        self._looks = Looks(shown, surroundings, host, now)
        self._waiting = Waiting(engine, self._looks, ready_seconds, now, wait)

    def is_running(self) -> bool:
        """Whether a container of the project is there, started from this checkout."""
        with suppress(RuntimeFailure):
            containers = self._engine.containers().values()
            return any(one.state != "exited" and not one.elsewhere for one in containers)
        return False

    def up(self, progress: Progress) -> Started:
        """Start what does not run; on failure stop everything if nothing ran before."""
        services = self._engine.services()
        unwanted = self._unwanted(services)
        wanted = [one for one in services if one.name not in unwanted]
        before = self._containers()
        ports.require_free(self._looks.parts(wanted, before), self._holder)
        # Told at once, because the file stays whatever becomes of the start.
        for note in self._around.prepare():
            progress.note(note)
        plan = self._with_images(wanted, progress)
        for name, why in {**unwanted, **plan.missing}.items():
            progress.note(f"{name} is left out: {why}")
        rendered = self._around.render({*unwanted, *plan.missing})
        plan = replace(plan, environ=rendered.environ)
        stopped = [name for name in unwanted if name in before]
        if stopped:
            progress.note(f"Stopping {', '.join(stopped)}; the data stays")
            self._engine.remove(stopped)
        seconds = self._start(plan, progress, before)
        self._around.remember(plan.services)
        differs = bool(stopped) or self._differs(before)
        return Started(self._started(plan, before, seconds), differs, rendered.notes)

    def down(self) -> Sequence[str]:
        """Stop and remove the containers; the volumes stay."""
        names = [name for name, one in self._containers().items() if one.state == "running"]
        self._engine.down()
        return names

    def status(self) -> Sequence[PartStatus]:
        """Every service that was started, whatever profiles say now; where none was, what they ask for."""
        containers = self._containers()
        known = [one for one in self._engine.services(every_profile=True) if not one.runs_once]
        started = [one for one in known if one.name in containers]
        services = started or [one for one in self._engine.services() if not one.runs_once]
        return [self._looks.status(service, containers) for service in services]

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
        self._containers()
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
        found = {one.name: self._looks.url(one) for one in self._engine.services()}
        return {name: url for name, url in found.items() if url}

    def _containers(self) -> dict[str, Container]:
        """The containers; raises ``RuntimeFailure`` when they are those of another checkout."""
        containers = self._engine.containers()
        for folder in (one.elsewhere for one in containers.values() if one.elsewhere):
            raise RuntimeFailure(
                f"the containers of this project were started from {folder}: run `make down` there, or start "
                "others here with `COMPOSE_PROJECT_NAME=another make up` and other ports (ALMENARA_PORT_*)"
            )
        return containers

    def _unwanted(self, services: Sequence[Service]) -> dict[str, str]:
        """Why each service that SKIP leaves out is left out."""
        names = [one.name for one in services]
        unknown = [name for name in self._skipped if name not in names]
        if unknown:
            raise UnknownPart(f"SKIP names {unknown[0]!r}, which is none of {', '.join(names)}")
        return left_out(services, dict.fromkeys(self._skipped, "SKIP names it"))

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
        missing = left_out(wanted, missing)
        return Plan(tuple(one for one in wanted if one.name not in missing), missing)

    def _stale(self, plan: Plan, before: Mapping[str, Container]) -> list[str]:
        """What has to start anew: mounted files changed, or an old illness would end the start at once."""
        changed = self._around.changed(plan.services)
        return [
            name for name, one in before.items() if name in plan.names and (name in changed or is_ill(one))
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
            return self._waiting.until_healthy(plan, starting, progress)
        finally:
            starting.stop()

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

    def _holder(self, port: int) -> object | None:
        return self._engine.container_on(port) or ports.holder_of(port)

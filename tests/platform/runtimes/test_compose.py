"""The compose runtime over an engine in memory: what is started, left out, mended and refused."""

from __future__ import annotations

import socket
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from almenara_platform.runtimes.compose import Compose
from almenara_platform.runtimes.engine import Container, Service
from almenara_platform.runtimes.exceptions import PartFailed, PortBusy, RuntimeFailure, UnknownPart
from almenara_platform.runtimes.plan import Rendered, Shown

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEFORE = datetime(2026, 3, 1, 11, 59, 50, tzinfo=UTC)
SERVICES = (
    Service("postgres", "postgres:17", built=False),
    Service("platform", "almenara/platform:1", built=True, needs=frozenset({"postgres"})),
    Service("marquez", "marquez:1", built=False, needs=frozenset({"postgres"})),
    Service("marquez-web", "marquez-web:1", built=False, needs=frozenset({"marquez"})),
)


@dataclass
class Begun:
    """A start that is done at once."""

    told: list[str] = field(default_factory=list)

    def is_done(self) -> bool:
        """It is."""
        return True

    def complaint(self) -> list[str]:
        """What it failed with."""
        return self.told

    def stop(self) -> None:
        """Nothing to give up."""


@dataclass
class FakeEngine:
    """Containers in memory; ``images`` are here, ``health`` is what a started one says, in turn."""

    all: Sequence[Service] = SERVICES
    optional: Sequence[Service] = ()
    images: set[str] = field(default_factory=lambda: {one.image for one in SERVICES})
    labels: dict[str, str] = field(default_factory=lambda: {"almenara/platform:1": "sources"})
    health: dict[str, list[str]] = field(default_factory=dict)
    complaints: list[list[str]] = field(default_factory=list)
    there: dict[str, Container] = field(default_factory=dict)
    done: list[tuple[str, Any]] = field(default_factory=list)
    kept: list[str] = field(default_factory=lambda: ["almenara_postgres"])
    used: list[str] = field(default_factory=list)

    def services(self, every_profile: bool = False) -> Sequence[Service]:
        """Of the file."""
        return [*self.all, *(self.optional if every_profile else ())]

    def containers(self) -> dict[str, Container]:
        """Each with the next word of its health."""
        for name, words in self.health.items():
            if name in self.there and words:
                self.there[name] = replace(self.there[name], health=words.pop(0))
        return dict(self.there)

    def volumes(self) -> list[str]:
        """Those that nobody removed."""
        return [*self.kept, *self.used]

    def container_on(self, port: int) -> str:
        """Always the same one."""
        return "the container other-web-1"

    def has_image(self, image: str) -> bool:
        """Whether it is here."""
        return image in self.images

    def sources_of(self, image: str) -> str:
        """The label."""
        return self.labels.get(image, "")

    def pull(self, service: str) -> str:
        """Never comes."""
        self.done.append(("pull", service))
        return "no such host"

    def build(self, service: str) -> None:
        """Always works."""
        self.done.append(("build", service))

    def start(self, services: Sequence[str], environ: Mapping[str, str]) -> Begun:
        """Containers for those that have none."""
        self.done.append(("start", (tuple(services), dict(environ))))
        for name in services:
            one = Container(name, "running", "healthy", id=f"{name}-1", started_at=BEFORE)
            self.there.setdefault(name, one)
        return Begun(self.complaints.pop(0) if self.complaints else [])

    def remove(self, services: Sequence[str]) -> None:
        """These are gone."""
        self.done.append(("remove", list(services)))
        for name in services:
            del self.there[name]

    def restart(self, services: Sequence[str]) -> None:
        """Noted."""
        self.done.append(("restart", list(services)))

    def down(self, volumes: bool = False) -> None:
        """All gone."""
        self.done.append(("down", volumes))
        self.kept = [] if volumes else self.kept
        self.there.clear()

    def last_lines(self, service: str) -> list[str]:
        """One."""
        return [f"last words of {service}"]

    def logs(self, services: Sequence[str], lines: int, follow: bool) -> Iterator[tuple[str, str]]:
        """One line of each."""
        yield from ((name, "hello") for name in services)

    def did(self, what: str) -> list[Any]:
        """What was done of a kind."""
        return [how for name, how in self.done if name == what]


@dataclass
class FakeSurroundings:
    """Renders nothing, and says so."""

    stale: list[str] = field(default_factory=list)
    prepared: int = 0
    absent: set[str] = field(default_factory=set)
    removed: bool = False
    asked: dict[str, set[str]] = field(default_factory=dict)

    def prepare(self) -> Sequence[str]:
        """Secrets were written."""
        self.prepared += 1
        return ["wrote secrets"]

    def render(self, absent: Collection[str]) -> Rendered:
        """Remembers without whom."""
        self.absent = set(absent)
        return Rendered({"ALMENARA_MARQUEZ_URL": ""} if "marquez" in absent else {}, ["rendered"])

    def sources(self) -> str:
        """As the image's label."""
        return "sources"

    def changed(self, services: Iterable[Service]) -> Sequence[str]:
        """Those whose files are others."""
        return self.stale

    def remember(self, services: Iterable[Service]) -> None:
        """Nothing is stale any more."""
        self.stale = []

    def complaint(self, service: str, running: Collection[str]) -> str:
        """None, but it knows who was there to be asked."""
        self.asked[service] = set(running)
        return ""

    def remove(self) -> None:
        """Noted."""
        self.removed = True


@pytest.fixture
def engine() -> FakeEngine:
    """An engine with every image and no container."""
    return FakeEngine()


@pytest.fixture
def around() -> FakeSurroundings:
    """What is beside the file."""
    return FakeSurroundings()


def runtime(engine: FakeEngine, around: FakeSurroundings, *skipped: str) -> Compose:
    """The runtime at a fixed time, which never waits."""
    shown = {"platform": Shown(8080, "ALMENARA_PORT_PLATFORM", "console; gRPC on {4317}")}
    return Compose(
        engine=engine,  # type: ignore[arg-type]
        shown=shown,
        skipped=skipped,
        surroundings=around,
        now=lambda: NOW,
        wait=lambda _: None,
    )


def test_other_ports_of_a_part_are_named_as_they_are_published(
    engine: FakeEngine, around: FakeSurroundings
) -> None:
    """The table leads to where a port is, not to its number inside the container."""
    engine.all = [Service("platform", "almenara/platform:1", built=True, ports={32080: 8080, 32317: 4317})]
    (part,) = runtime(engine, around).status()
    assert (part.url, part.shows) == ("http://127.0.0.1:32080", "console; gRPC on 32317")


def test_up_starts_everything_and_tells_how_long_it_took(
    engine: FakeEngine, around: FakeSurroundings, watch: Any
) -> None:
    """Every service of the file, with the seconds from the start of its container."""
    started = runtime(engine, around).up(watch)
    assert [(part.name, part.start_seconds) for part in started.parts] == [
        (one.name, 10.0) for one in SERVICES
    ]
    assert started.changed
    assert watch.notes == ["wrote secrets"]
    assert list(started.notes) == ["rendered"]


def test_second_up_changes_nothing(engine: FakeEngine, around: FakeSurroundings, watch: Any) -> None:
    """The same containers, and no start-up time for what was running."""
    runtime(engine, around).up(watch)
    again = runtime(engine, around).up(watch)
    assert not again.changed
    assert {part.start_seconds for part in again.parts} == {None}
    assert engine.did("restart") == []


def test_skipped_service_goes_with_all_that_need_it(
    engine: FakeEngine, around: FakeSurroundings, watch: Any
) -> None:
    """Marquez's pages have nothing to show without Marquez, and nobody is told to forward to it."""
    runtime(engine, around, "marquez").up(watch)
    assert engine.did("start") == [(("postgres", "platform"), {"ALMENARA_MARQUEZ_URL": ""})]
    assert around.absent == {"marquez", "marquez-web"}
    assert watch.notes[1:] == [
        "marquez is left out: SKIP names it",
        "marquez-web is left out: it needs marquez",
    ]
    assert engine.did("remove") == []


def test_skipped_service_that_runs_is_stopped(
    engine: FakeEngine, around: FakeSurroundings, watch: Any
) -> None:
    """The others no longer know of it, so it does not go on beside them; that is a change, and is told."""
    runtime(engine, around).up(watch)
    skipping = runtime(engine, around, "marquez")
    assert skipping.up(watch).changed
    assert engine.did("remove") == [["marquez", "marquez-web"]]
    assert "Stopping marquez, marquez-web; the data stays" in watch.notes
    assert [part.name for part in skipping.status()] == ["postgres", "platform"]
    assert not skipping.up(watch).changed
    assert len(engine.did("remove")) == 1


@pytest.mark.parametrize("command", ["up", "down", "status", "clean"])
def test_containers_of_another_checkout_are_left_alone(
    engine: FakeEngine, around: FakeSurroundings, watch: Any, command: str
) -> None:
    """The refusal names its folder and two ways out, and nothing was touched."""
    compose = runtime(engine, around)
    compose.up(watch)
    engine.there["platform"] = replace(engine.there["platform"], elsewhere="/elsewhere/almenara")
    before = list(engine.done)
    with pytest.raises(RuntimeFailure, match="started from /elsewhere/almenara: run `make down`") as caught:
        compose.up(watch) if command == "up" else getattr(compose, command)()
    assert "COMPOSE_PROJECT_NAME=another make up" in str(caught.value)
    assert (engine.done, around.removed, around.prepared) == (before, False, 1)


def test_stack_of_another_checkout_does_not_count_as_ours(
    engine: FakeEngine, around: FakeSurroundings
) -> None:
    """Commands that look for what runs here do not find it."""
    engine.there["platform"] = Container("platform", "running", "healthy", elsewhere="/elsewhere/almenara")
    assert not runtime(engine, around).is_running()
    engine.there["platform"] = Container("platform", "running", "healthy")
    assert runtime(engine, around).is_running()


def test_unknown_name_to_skip_is_refused(engine: FakeEngine, around: FakeSurroundings, watch: Any) -> None:
    """With the names that there are."""
    with pytest.raises(UnknownPart, match="SKIP names 'grafna', which is none of postgres, platform"):
        runtime(engine, around, "grafna").up(watch)


def test_image_that_cannot_be_fetched_is_told_and_the_rest_starts(
    engine: FakeEngine, around: FakeSurroundings, watch: Any
) -> None:
    """What is missing is named with the reason, what needs it is named too, and neither is configured."""
    engine.images.remove("marquez:1")
    started = runtime(engine, around).up(watch)
    assert [part.name for part in started.parts] == ["postgres", "platform"]
    assert "marquez is left out: marquez:1 cannot be fetched (no such host)" in watch.notes
    assert "marquez-web is left out: it needs marquez" in watch.notes
    assert around.absent == {"marquez", "marquez-web"}
    assert engine.did("start") == [(("postgres", "platform"), {"ALMENARA_MARQUEZ_URL": ""})]


def test_only_who_runs_is_asked_for_another(engine: FakeEngine, around: FakeSurroundings, watch: Any) -> None:
    """Who has no health check does not wait for a part whose image is missing or that stopped."""
    engine.images.remove("marquez:1")
    runtime(engine, around).up(watch)
    engine.there["platform"] = replace(engine.there["platform"], health="")
    runtime(engine, around).status()
    assert around.asked["platform"] == {"postgres", "platform"}
    engine.there["postgres"] = replace(engine.there["postgres"], state="exited")
    runtime(engine, around).status()
    assert around.asked["platform"] == {"platform"}


def test_image_of_ours_is_built_when_its_sources_are_others(
    engine: FakeEngine, around: FakeSurroundings, watch: Any
) -> None:
    """And only then."""
    runtime(engine, around).up(watch)
    assert engine.did("build") == []
    engine.labels.clear()
    runtime(engine, around).up(watch)
    assert engine.did("build") == ["platform"]


def test_changed_file_restarts_its_container(
    engine: FakeEngine, around: FakeSurroundings, watch: Any
) -> None:
    """Of those that run; what is only now created reads the new file anyway."""
    runtime(engine, around, "marquez").up(watch)
    around.stale = ["postgres", "marquez"]
    runtime(engine, around, "marquez").up(watch)
    assert engine.did("restart") == [["postgres"]]


def test_part_that_fell_ill_beside_another_gets_a_second_start(
    engine: FakeEngine, around: FakeSurroundings, watch: Any
) -> None:
    """A running stack is not given up because a part was ill while its neighbour was replaced."""
    runtime(engine, around).up(watch)
    engine.health["platform"] = ["healthy", "unhealthy", "unhealthy", "healthy"]
    runtime(engine, around).up(watch)
    assert engine.did("restart") == [["platform"]]
    assert engine.did("down") == []


def test_failed_first_start_is_taken_back(engine: FakeEngine, around: FakeSurroundings, watch: Any) -> None:
    """The last lines of the part that failed are shown, and nothing is left running."""
    engine.health["platform"] = ["unhealthy"]
    engine.there.clear()
    with pytest.raises(PartFailed, match="platform does not become healthy") as caught:
        runtime(engine, around).up(watch)
    assert caught.value.details == ("last words of platform",)
    assert engine.did("down") == [False]


def test_refusal_of_the_engine_names_the_container(
    engine: FakeEngine, around: FakeSurroundings, watch: Any
) -> None:
    """When Compose itself gives up, the lines are those of the container that it names."""
    engine.complaints = [["dependency failed to start: container almenara-postgres-1 is unhealthy"]]
    with pytest.raises(PartFailed, match="the last lines of postgres") as caught:
        runtime(engine, around).up(watch)
    assert caught.value.details == ("last words of postgres",)


def test_busy_port_is_told_with_its_container(
    engine: FakeEngine, around: FakeSurroundings, watch: Any
) -> None:
    """Before anything starts: who holds it, and the variable that chooses another one."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        engine.all = [replace(SERVICES[1], needs=frozenset(), ports={port: 8080})]
        with pytest.raises(PortBusy, match="held by the container other-web-1") as caught:
            runtime(engine, around).up(watch)
    assert f"port {port} of platform" in str(caught.value)
    assert "ALMENARA_PORT_PLATFORM=" in str(caught.value)
    assert engine.did("start") == []
    assert (around.prepared, watch.notes) == (0, [])


def test_secrets_are_told_also_of_a_start_that_fails(
    engine: FakeEngine, around: FakeSurroundings, watch: Any
) -> None:
    """The file that was written stays, so its note does not wait for the end."""
    engine.health["platform"] = ["unhealthy"]
    with pytest.raises(PartFailed):
        runtime(engine, around).up(watch)
    assert (around.prepared, watch.notes) == (1, ["wrote secrets"])


def test_what_a_profile_started_is_seen_without_it(
    engine: FakeEngine, around: FakeSurroundings, watch: Any
) -> None:
    """Its state and its lines, as long as its containers are there; what never started is not listed."""
    engine.optional = [Service("catalog", "catalog:1", built=False)]
    names = [one.name for one in SERVICES]
    compose = runtime(engine, around)
    compose.up(watch)
    assert [part.name for part in compose.status()] == names
    engine.there["catalog"] = Container("catalog", "running", "healthy", id="catalog-1", started_at=BEFORE)
    assert [part.name for part in compose.status()] == [*names, "catalog"]
    assert [line.part for line in compose.logs(["catalog"], 5, follow=False)] == ["catalog"]
    assert "catalog" in compose.down()
    assert [part.name for part in compose.status()] == names


def test_start_is_given_the_time_that_it_may_take(
    engine: FakeEngine, around: FakeSurroundings, watch: Any
) -> None:
    """A part that is not healthy by then is given up, and not before."""
    engine.health["platform"] = ["starting"] * 50
    times = (NOW + timedelta(seconds=30 * number) for number in count())
    compose = Compose(
        engine=engine,  # type: ignore[arg-type]
        shown={},
        skipped=(),
        surroundings=around,
        ready_seconds=600,
        now=lambda: next(times),
        wait=lambda _: None,
    )
    with pytest.raises(PartFailed, match="its health check says starting"):
        compose.up(watch)
    assert next(times) - NOW > timedelta(seconds=600)


def test_down_keeps_data_and_clean_removes_it(
    engine: FakeEngine, around: FakeSurroundings, watch: Any
) -> None:
    """Volumes go with `clean` alone, and the rendered files too."""
    compose = runtime(engine, around)
    compose.up(watch)
    assert list(compose.down()) == [one.name for one in SERVICES]
    assert not compose.is_running()
    assert list(compose.clean()) == ["1 volume of Docker Compose"]
    assert engine.did("down") == [False, True]
    assert around.removed
    assert list(compose.clean()) == []


def test_volume_that_stays_is_told(engine: FakeEngine, around: FakeSurroundings) -> None:
    """Nobody is told that all data is gone while another container holds a volume."""
    engine.used = ["almenara_loki"]
    with pytest.raises(RuntimeFailure, match="Docker keeps the volumes almenara_loki"):
        runtime(engine, around).clean()


def test_logs_of_an_unknown_part_are_refused(engine: FakeEngine, around: FakeSurroundings) -> None:
    """The others are read by name."""
    compose = runtime(engine, around)
    assert [(line.part, line.text) for line in compose.logs(["platform"], 5, follow=False)] == [
        ("platform", "hello")
    ]
    with pytest.raises(RuntimeFailure, match="there is no part 'lokey'"):
        list(compose.logs(["lokey"], 5, follow=False))

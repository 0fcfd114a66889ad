"""The engine's command line, by a stand-in for docker on PATH."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from almenara_platform.runtimes.engine import Engine
from almenara_platform.runtimes.exceptions import RuntimeFailure

DOCKER = """#!{python}
import json, pathlib, sys
here = pathlib.Path(__file__).parent
words = " ".join(sys.argv[1:])
with (here / "asked").open("a") as asked:
    asked.write(words + "\\n")
for begin, (code, out, err) in json.loads((here / "answers.json").read_text()).items():
    if words.startswith(begin):
        sys.stdout.write(out)
        sys.stderr.write(err)
        sys.exit(code)
sys.exit(f"unexpected: {{words}}")
"""
CONFIG = {
    "name": "almenara",
    "services": {
        "platform": {
            "image": "almenara/platform:1",
            "build": {"context": "."},
            "ports": [{"published": "8080", "target": 8080}],
            "depends_on": {
                "postgres": {"condition": "service_healthy"},
                "owners": {"condition": "service_completed_successfully"},
            },
            "volumes": [
                {"type": "bind", "source": "ROOT/config"},
                {"type": "bind", "source": "/"},
                {"type": "volume", "source": "data"},
            ],
        },
        "postgres": {"image": "postgres:17"},
        "owners": {"image": "valkey/valkey:8"},
    },
}
INSPECTED = [
    {
        "Id": "abc",
        "RestartCount": 2,
        "Config": {"Labels": {"com.docker.compose.service": "platform"}},
        "State": {
            "Status": "running",
            "Health": {"Status": "unhealthy"},
            "ExitCode": 0,
            "Pid": 42,
            "StartedAt": "2026-03-01T12:00:00.123456789Z",
        },
    },
    {
        "Id": "def",
        "RestartCount": 0,
        "Config": {"Labels": {"com.docker.compose.service": "owners"}},
        "State": {"Status": "created", "ExitCode": 1, "Pid": 0, "StartedAt": "0001-01-01T00:00:00Z"},
    },
]


class Docker:
    """A docker that gives prepared answers by the beginning of the command."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._answers: dict[str, tuple[int, str, str]] = {}
        program = folder / "docker"
        program.write_text(DOCKER.format(python=sys.executable))
        program.chmod(0o755)

    def says(self, command: str, out: str = "", code: int = 0, err: str = "") -> None:
        """What it answers to commands that begin so."""
        self._answers[command] = (code, out, err)
        (self._folder / "answers.json").write_text(json.dumps(self._answers))

    def asked(self) -> list[str]:
        """Every command so far."""
        return (self._folder / "asked").read_text().splitlines()


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    """The stand-in, first on PATH."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return Docker(tmp_path / "bin")


@pytest.fixture
def engine(tmp_path: Path, docker: Docker) -> Engine:
    """The engine over the stand-in."""
    return Engine(tmp_path, dict(os.environ))


def test_volumes_are_those_of_the_project(docker: Docker, engine: Engine) -> None:
    """They are found by the label of the project, which another name of it changes."""
    docker.says("compose config", json.dumps(CONFIG))
    docker.says("volume ls --quiet --filter label=com.docker.compose.project=almenara", "almenara_loki\n")
    assert engine.volumes() == ["almenara_loki"]
    docker.says("volume ls", code=1, err="no engine")
    docker.says("compose config", json.dumps({**CONFIG, "name": "other"}))
    with pytest.raises(RuntimeFailure, match="docker volume ls failed: no engine"):
        engine.volumes()


def test_services_are_read_from_the_resolved_file(tmp_path: Path, docker: Docker, engine: Engine) -> None:
    """Ports, needs, what runs once, and of the mounts those from the checkout."""
    docker.says("compose config", json.dumps(CONFIG).replace("ROOT", str(tmp_path)))
    platform, postgres, owners = engine.services()
    assert (platform.name, platform.image, platform.built) == ("platform", "almenara/platform:1", True)
    assert (dict(platform.ports), set(platform.needs)) == ({8080: 8080}, {"postgres", "owners"})
    assert platform.files == (tmp_path / "config",)
    assert [one.runs_once for one in (platform, postgres, owners)] == [False, False, True]


def test_services_of_every_profile_are_read_when_asked(docker: Docker, engine: Engine) -> None:
    """Else only those of the profiles that are on."""
    docker.says("compose config", json.dumps(CONFIG))
    docker.says("compose --profile * config", json.dumps({"services": {"catalog": {"image": "catalog:1"}}}))
    assert [one.name for one in engine.services()] == ["platform", "postgres", "owners"]
    assert [one.name for one in engine.services(every_profile=True)] == ["catalog"]
    docker.says("compose --profile * config", code=1, err="it is broken")
    with pytest.raises(RuntimeFailure, match="docker compose config failed: it is broken"):
        engine.services(every_profile=True)


def test_containers_are_what_the_engine_inspects(docker: Docker, engine: Engine) -> None:
    """State, health, restarts and start of each, with an empty health where there is no check."""
    docker.says("compose ps", "abc\ndef\n")
    docker.says("inspect abc def", json.dumps(INSPECTED))
    found = engine.containers()
    platform, owners = found["platform"], found["owners"]
    assert (platform.state, platform.health, platform.pid, platform.restarts) == (
        "running",
        "unhealthy",
        42,
        2,
    )
    assert platform.started_at is not None
    assert platform.started_at.isoformat() == "2026-03-01T12:00:00.123456+00:00"
    assert (owners.state, owners.health, owners.exit_code, owners.started_at) == ("created", "", 1, None)


def test_nothing_is_inspected_where_nothing_is(docker: Docker, engine: Engine) -> None:
    """A project without containers has none."""
    docker.says("compose ps")
    assert engine.containers() == {}


def test_containers_know_which_checkout_started_them(tmp_path: Path, docker: Docker, engine: Engine) -> None:
    """Ours by any path is ours, and so is what a checkout left that was moved or removed."""
    (tmp_path / "other").mkdir()
    (tmp_path / "link").symlink_to(tmp_path)
    docker.says("compose ps", "abc\n")
    found: dict[str, str] = {}
    for folder in ("", ".", "link", "other", "removed"):
        one = json.loads(json.dumps(INSPECTED[0]))
        one["Config"]["Labels"]["com.docker.compose.project.working_dir"] = str(tmp_path / folder)
        docker.says("inspect abc", json.dumps([one]))
        found[folder] = engine.containers()["platform"].elsewhere
    assert found == {"": "", ".": "", "link": "", "other": str(tmp_path / "other"), "removed": ""}


def test_containers_are_stopped_before_they_are_removed(docker: Docker, engine: Engine) -> None:
    """Those of the services that are named; what they hold stays."""
    docker.says("compose rm")
    engine.remove(["loki", "jaeger"])
    assert docker.asked() == ["compose rm --stop --force loki jaeger"]


def test_container_that_holds_a_port_is_named(docker: Docker, engine: Engine) -> None:
    """Of any project, and only for the port that is published."""
    docker.says("ps", "other-db-1\t127.0.0.1:15432->5432/tcp\nother-web-1\t0.0.0.0:8080->80/tcp\n")
    assert engine.container_on(8080) == "the container other-web-1"
    assert engine.container_on(5432) == ""


def test_image_that_cannot_be_fetched_has_a_reason(docker: Docker, engine: Engine) -> None:
    """The last thing that the engine said, and nothing for an image that came."""
    docker.says("compose pull --quiet grafana", code=1, err="Pulling\nno such host\n")
    docker.says("compose pull --quiet loki")
    assert (engine.pull("grafana"), engine.pull("loki")) == ("the name of its registry is not known here", "")


def test_failed_build_shows_its_last_lines(docker: Docker, engine: Engine) -> None:
    """The error names the service, the lines say why."""
    docker.says("compose build", code=1, err="\n".join(f"line {number}" for number in range(30)))
    with pytest.raises(RuntimeFailure, match="the image of platform cannot be built") as caught:
        engine.build("platform")
    assert caught.value.details[-1] == "line 29"


def test_start_goes_on_in_the_background(docker: Docker, engine: Engine) -> None:
    """A start that failed tells its last lines, one that succeeded nothing."""
    docker.says(
        "compose up --detach --no-build --quiet-pull --remove-orphans bad", code=1, err="why\nit failed\n"
    )
    docker.says("compose up --detach --no-build --quiet-pull --remove-orphans good")
    for service, told in (("bad", ["why", "it failed"]), ("good", [])):
        starting = engine.start([service])
        starting.wait()
        assert (starting.is_done(), starting.complaint()) == (True, told)
        starting.stop()


def test_lines_come_with_their_service(docker: Docker, engine: Engine) -> None:
    """The prefix of Compose becomes the name, and what is behind it stays as it was."""
    docker.says("compose --profile * logs", "worker-etl-1  | a | b\nloki-1  | c\n")
    assert list(engine.logs([], 5, follow=False)) == [("worker-etl", "a | b"), ("loki", "c")]


def test_volumes_go_only_when_asked(docker: Docker, engine: Engine) -> None:
    """`down` keeps data."""
    docker.says("compose --profile * down")
    engine.down()
    engine.down(volumes=True)
    down = "compose --profile * down --remove-orphans"
    assert docker.asked() == [down, f"{down} --volumes"]


def test_missing_docker_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without docker on PATH the way out is named."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeFailure, match="RUNTIME=embedded needs no Docker"):
        Engine(tmp_path, dict(os.environ)).containers()

"""Up, down, up again, upgrade and clean, on a stack of the platform and its database alone."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.containers import services
from tests.platform.events import RUN_ID, whole_run
from tests.platform.store.test_migrations import FIRST_ROWS
from tests.stack.project import Project, prepared

pytestmark = [pytest.mark.docker, pytest.mark.stack, pytest.mark.timeout(600)]

PARTS = {"postgres", "platform"}
SKIPPED = " ".join(name for name in services() if name not in PARTS)
FIRST_REVISION = """
import base64, json, os, sys
import sqlalchemy as sa
from almenara_platform.store import migrate
engine = sa.create_engine(os.environ["ALMENARA_DATABASE_URL"])
with engine.begin() as connection:
    migrate.migrate(connection, migrate.FIRST)
    tables = sa.MetaData()
    tables.reflect(connection)
    for name, rows in json.load(sys.stdin).items():
        for row in rows:
            values = {k: base64.b64decode(v["bytes"]) if isinstance(v, dict) else v for k, v in row.items()}
            connection.execute(tables.tables[name].insert(), values)
    connection.execute(sa.text("SELECT setval('events_id_seq', (SELECT max(id) FROM events))"))
"""


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Project]:
    """A project of two parts, not started."""
    with prepared(tmp_path, SKIP=SKIPPED, ALMENARA_RETENTION_DAYS="36500") as project:
        yield project


def run(project: Project) -> dict[str, object]:
    """A run as the platform knows it."""
    url = f"{project.url('platform', 8080)}/api/v1/runs/{RUN_ID}"
    return httpx.get(url, timeout=30, trust_env=False).raise_for_status().json()


def volumes(project: Project) -> list[str]:
    """The volumes of the project."""
    label = f"label=com.docker.compose.project={project.environ['COMPOSE_PROJECT_NAME']}"
    command = ["docker", "volume", "ls", "--quiet", "--filter", label]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.split()


def test_data_outlives_down_and_goes_with_clean(small: Project, tmp_path: Path) -> None:
    """`up` twice changes nothing, `down` keeps what was sent, `clean` asks before it removes it."""
    started = small.almenara("up", "--no-first-run")
    assert all(part in started for part in PARTS)
    token = {"Authorization": f"Bearer {small.environ['ALMENARA_API_TOKEN']}"}
    url = f"{small.url('platform', 8080)}/api/v1/lineage"
    for event in whole_run():
        httpx.post(url, json=event, headers=token, timeout=30, trust_env=False).raise_for_status()
    assert "nothing was changed" in small.almenara("up", "--no-first-run")
    assert any(line.startswith("platform |") for line in small.almenara("logs", "platform").splitlines())

    with prepared(tmp_path / "other", SKIP=SKIPPED) as other:
        taken = {"ALMENARA_PORT_PLATFORM": small.environ["ALMENARA_PORT_PLATFORM"]}
        refused = Project({**other.environ, **taken}).refusal("up", "--no-first-run")
        name = f"{small.environ['COMPOSE_PROJECT_NAME']}-platform-1"
        assert f"held by the container {name}" in " ".join(refused.split())
        assert other.containers() == {}

    assert "The data is kept" in small.almenara("down")
    assert small.containers() == {}
    small.almenara("up", "--no-first-run")
    assert run(small)["state"] == "COMPLETE"

    assert "Nothing was removed" in small.almenara("clean", given="n\n")
    assert run(small)["state"] == "COMPLETE"
    small.almenara("clean", given="y\n")
    assert (small.containers(), volumes(small)) == ({}, [])


def test_queue_writes_out_what_it_holds_when_it_is_stopped(small: Project) -> None:
    """Valkey hears the signal and ends by itself; a shell before it would have it killed after the grace."""
    small.compose("up", "--detach", "--wait", "valkey")
    small.compose("stop", "--timeout", "60", "valkey")
    assert small.containers()["valkey"]["State"]["ExitCode"] == 0


def test_database_of_an_older_version_is_upgraded_by_the_new_image(small: Project) -> None:
    """A database at the first revision, with its data: `make up` starts the platform, which upgrades it."""
    small.compose("up", "--detach", "--wait", "postgres")
    words = ("run", "--rm", "--no-deps", "-T", "platform", "python", "-c", FIRST_REVISION)
    small.compose("build", "--quiet", "platform")
    small.compose(*words, given=FIRST_ROWS.read_text(encoding="utf-8"))
    small.almenara("up", "--no-first-run")
    assert run(small)["state"] == "COMPLETE"
    lines = [
        line for line in small.almenara("logs", "--lines", "500", "platform").splitlines() if "{" in line
    ]
    told = [json.loads(line[line.index("{") :]) for line in lines]
    upgraded = [one for one in told if one["message"] == "lineage_database_upgraded"]
    assert [one["before"] for one in upgraded] == ["0001"]

"""What the stack promises on logins, users, ports and rights, asked of the running containers."""

from __future__ import annotations

import subprocess
from typing import Any

import httpx
import pytest
from tests.containers import has_image
from tests.stack.project import Project
from tests.stack.signals import Signals

pytestmark = [pytest.mark.docker, pytest.mark.stack]

WRITABLE = {"postgres", "valkey", "postgres-exporter", "redis-exporter", "grafana"}
"""Compose hands secrets over as files, which it writes into the container."""
ROLES = ("postgres", "almenara", "warehouse", "marquez", "grafana_reader", "exporter")
LOGIN = """
import psycopg, sys
try:
    with psycopg.connect(host="postgres", user=sys.argv[1], password=sys.argv[2], dbname=sys.argv[3]) as c:
        c.execute(sys.argv[4])
    print("done")
except psycopg.Error as error:
    print(error)
"""


@pytest.fixture(scope="module")
def containers(project: Project) -> dict[str, dict[str, Any]]:
    """What the engine knows of each container."""
    return project.containers()


def sql(project: Project, user: str, password: str, database: str, statement: str) -> str:
    """What PostgreSQL answers over the network: done, or its refusal."""
    words = ("exec", "-T", "platform", "python", "-c", LOGIN, user, password, database, statement)
    return project.compose(*words).strip()


def test_ports_are_published_on_loopback_only(containers: dict[str, dict[str, Any]]) -> None:
    """No port is reachable from another machine."""
    ports = [one["NetworkSettings"]["Ports"] or {} for one in containers.values()]
    hosts = {at["HostIp"] for published in ports for places in published.values() for at in places or ()}
    assert hosts == {"127.0.0.1"}


def test_stores_are_not_published(containers: dict[str, dict[str, Any]]) -> None:
    """PostgreSQL and Valkey are reached from inside alone."""
    for name in ("postgres", "valkey"):
        assert not any((containers[name]["NetworkSettings"]["Ports"] or {}).values()), name


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "Basic YWRtaW46YWRtaW4="])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/lineage"),
        ("POST", "/api/v1/lineage/batch"),
        ("POST", "/v1/traces"),
        ("POST", "/v1/logs"),
        ("POST", "/api/v1/alerts/webhook"),
        ("PUT", "/api/v1/labels"),
        ("POST", "/api/v1/outbox/dead/replay"),
    ],
)
def test_writing_takes_the_token(signals: Signals, method: str, path: str, authorization: str) -> None:
    """Whoever has no token, or another one, writes nothing."""
    headers = {"Authorization": authorization} if authorization else {}
    answer = signals.client.request(method, f"{signals.platform}{path}", json={}, headers=headers)
    assert answer.status_code == 401


def test_writing_works_with_the_token(project: Project, signals: Signals) -> None:
    """The token of the installation is taken: the refusal is then of the body."""
    token = {"Authorization": f"Bearer {project.environ['ALMENARA_API_TOKEN']}"}
    answer = signals.client.post(f"{signals.platform}/api/v1/lineage", json={}, headers=token)
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize(
    "user", ["postgres", "almenara", "warehouse", "marquez", "grafana_reader", "exporter"]
)
def test_postgresql_refuses_a_wrong_password(project: Project, user: str) -> None:
    """No role comes in with another password than its own, nor with its own name for one."""
    for guess in ("", user, "postgres", "marquez"):
        assert "password authentication failed" in sql(project, user, guess or "x", "almenara", "SELECT 1")


def test_postgresql_roles_stay_in_their_databases(project: Project) -> None:
    """A role does not read the database of another one, and Grafana's does not write."""
    password = project.environ["WAREHOUSE_DB_PASSWORD"]
    assert sql(project, "warehouse", password, "warehouse", "SELECT 1") == "done"
    assert "permission denied" in sql(project, "warehouse", password, "almenara", "SELECT 1")
    reader = project.environ["GRAFANA_DB_PASSWORD"]
    assert sql(project, "grafana_reader", reader, "almenara", "SELECT count(*) FROM runs") == "done"
    refused = sql(project, "grafana_reader", reader, "almenara", "DELETE FROM runs")
    assert "permission denied" in refused or "read-only" in refused


def test_valkey_refuses_without_its_password(project: Project) -> None:
    """Neither reading nor writing, neither without nor with a guess."""
    said = project.compose("exec", "-T", "valkey", "sh", "-c", "valkey-cli ping; valkey-cli -a valkey ping")
    assert "NOAUTH" in said
    assert "PONG" not in said


def test_grafana_refuses_without_its_password(project: Project) -> None:
    """No anonymous access, and not the password that Grafana comes with."""
    if not has_image("grafana"):
        pytest.skip("the image of Grafana is not on this machine")
    url = project.url("grafana", 3000)
    assert httpx.get(f"{url}/api/search").status_code == 401
    assert httpx.get(f"{url}/api/search", auth=("admin", "admin")).status_code == 401


def test_no_process_is_root(containers: dict[str, dict[str, Any]]) -> None:
    """Every process of every container runs as an ordinary user."""
    for name, one in containers.items():
        command = ["docker", "top", one["Id"], "-eo", "uid,pid,args"]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[1:]
        assert lines, name
        assert {line.split()[0] for line in lines} & {"0", "root"} == set(), (name, lines)


def test_rights_are_dropped(containers: dict[str, dict[str, Any]]) -> None:
    """No capabilities, no way to more rights, and a root file system that is read only where it can be."""
    for name, one in containers.items():
        host = one["HostConfig"]
        assert host["CapDrop"] == ["ALL"], name
        assert "no-new-privileges:true" in host["SecurityOpt"], name
        assert host["ReadonlyRootfs"] is (name not in WRITABLE), name
        assert not host["Privileged"], name


def test_each_container_is_bounded_and_comes_back(containers: dict[str, dict[str, Any]]) -> None:
    """A memory limit, logs that rotate, and a restart policy."""
    for name, one in containers.items():
        host = one["HostConfig"]
        assert host["Memory"] > 0, name
        assert host["LogConfig"]["Config"] == {"max-file": "3", "max-size": "10m"}, name
        assert host["RestartPolicy"]["Name"] == "unless-stopped", name


def test_every_store_is_a_volume(containers: dict[str, dict[str, Any]]) -> None:
    """What is to outlive a container lies in a named volume of the project."""
    for name in ("platform", "postgres", "valkey", "prometheus", "alertmanager", "loki", "jaeger"):
        kinds = {mount["Type"] for mount in containers[name]["Mounts"] if mount["RW"]}
        assert "volume" in kinds, name
        named = [mount["Name"] for mount in containers[name]["Mounts"] if mount["Type"] == "volume"]
        assert all(len(volume) < 64 or "_" in volume for volume in named), (name, named)

"""The compose profile `datahub`: it is right and takes no empty password; DataHub itself is not started."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
from collections.abc import Iterator

import pytest
import yaml
from tests.containers import COMPOSE_FILE, services

from almenara_platform.runtimes.declared import DATAHUB_SECRETS, SHOWN

MEMORY_BYTES = 7 * 2**30
UNITS = {"m": 2**20, "g": 2**30}
GUARD = "datahub-secrets"


def compose(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """What compose says with these variables alone, without any .env."""
    command = ["docker", "compose", "--env-file", os.devnull, "-f", str(COMPOSE_FILE), *arguments]
    bare = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environ}
    return subprocess.run(command, env=bare, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def project() -> Iterator[str]:
    """The name of a project of the test's own; gone at the end."""
    name = f"almenara-test-{secrets.token_hex(4)}"
    yield name
    compose("-p", name, "--profile", "*", "down", "--volumes", "--timeout", "1")


def needs(name: str) -> set[str]:
    """Everything that has to be there before a service of the profile starts."""
    direct = set(services("datahub")[name].get("depends_on", {}))
    return direct.union(*(needs(one) for one in direct))


def test_services_are_pinned_limited_and_kept_on_this_machine() -> None:
    """Each has a version and a memory limit, and its ports are published on loopback alone."""
    for name, service in services("datahub").items():
        assert re.fullmatch(r"\$\{ALMENARA_IMAGE_[A-Z_]+:-[\w./-]+:v?\d[\w.-]*\}", service["image"]), name
        assert all(port.startswith("${ALMENARA_BIND:-127.0.0.1}:") for port in service.get("ports", ())), name
    limits = [service["mem_limit"] for service in services("datahub").values()]
    assert sum(int(limit[:-1]) * UNITS[limit[-1]] for limit in limits) <= MEMORY_BYTES


def test_nothing_of_the_stack_needs_the_profile() -> None:
    """A service without a profile that depends on one of it could not start."""
    assert [
        name for name, one in services().items() if set(one.get("depends_on", {})) & set(services("datahub"))
    ] == []


def test_published_ports_are_known_to_up() -> None:
    """Or `make up` could neither name the setting of a busy one nor show where it leads."""
    published = {name for name, one in services("datahub").items() if "ports" in one}
    assert published == {name for name in SHOWN if name.startswith("datahub-")}


def test_every_secret_is_looked_at_before_anything_starts() -> None:
    """What the services take from .env without a default is what `make up` makes and the guard checks."""
    text = COMPOSE_FILE.read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(DATAHUB_[A-Z_]+):-\}", text)) == set(DATAHUB_SECRETS)
    guard = services("datahub")[GUARD]["environment"]
    assert guard == {name: f"${{{name}:+set}}" for name in DATAHUB_SECRETS}
    assert {name for name in services("datahub") if GUARD in needs(name)} == set(services("datahub")) - {
        GUARD
    }


@pytest.mark.docker
def test_compose_takes_the_profile() -> None:
    """With it the file is one stack whose platform forwards to DataHub; without it neither is there."""
    done = compose("config", COMPOSE_PROFILES="datahub")
    assert done.returncode == 0, done.stderr
    found = yaml.safe_load(done.stdout)["services"]
    assert set(found) == {*services(), *services("datahub")}
    assert found["platform"]["environment"]["ALMENARA_DATAHUB_URL"] == "http://datahub-gms:8080"
    without = yaml.safe_load(compose("config").stdout)["services"]
    assert set(without) == set(services())
    assert without["platform"]["environment"]["ALMENARA_DATAHUB_URL"] == ""


@pytest.mark.docker
@pytest.mark.parametrize("missing", [DATAHUB_SECRETS, DATAHUB_SECRETS[:1], DATAHUB_SECRETS[-1:], ()])
def test_there_is_no_default_password(project: str, missing: tuple[str, ...]) -> None:
    """The service that all others wait for ends with 1 and the names of what is not set; else with 0."""
    given = {name: "0" * 32 for name in DATAHUB_SECRETS if name not in missing}
    done = compose("-p", project, "run", "--rm", "-T", GUARD, **given)
    assert done.returncode == (1 if missing else 0), done.stderr
    assert set(re.findall(r"DATAHUB_[A-Z_]+", done.stdout)) == set(missing)

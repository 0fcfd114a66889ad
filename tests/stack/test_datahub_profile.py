"""The compose profile `datahub`: its file is right, though its images are not started by any test."""

from __future__ import annotations

import os
import re
import subprocess
from typing import Any

import pytest
import yaml
from tests.stack.project import ROOT

FILE = ROOT / "docker-compose.datahub.yml"
SECRETS = re.findall(r"\$\{(DATAHUB_[A-Z_]+):\?", FILE.read_text(encoding="utf-8"))
MEMORY_BYTES = 7 * 2**30
UNITS = {"m": 2**20, "g": 2**30}


def services() -> dict[str, dict[str, Any]]:
    """What the file adds, by name."""
    found = yaml.safe_load(FILE.read_text(encoding="utf-8"))["services"]
    return {name: one for name, one in found.items() if name != "platform"}


def resolved(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """What compose makes of both files, without any .env."""
    files = ("--env-file", os.devnull, "-f", str(ROOT / "docker-compose.yml"), "-f", str(FILE))
    command = ["docker", "compose", *files, *arguments]
    bare = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environ}
    return subprocess.run(command, env=bare, capture_output=True, text=True, timeout=120, check=False)


def test_services_are_pinned_limited_and_of_the_profile() -> None:
    """Each has a version, a memory limit and the profile; published ports are on this machine alone."""
    for name, service in services().items():
        assert re.fullmatch(r"\$\{ALMENARA_IMAGE_[A-Z_]+:-[\w./-]+:v?\d[\w.-]*\}", service["image"]), name
        assert service["profiles"] == ["datahub"], name
        assert all(port.startswith("${ALMENARA_BIND:-127.0.0.1}:") for port in service.get("ports", ())), name
    limits = [service["mem_limit"] for service in services().values()]
    assert sum(int(limit[:-1]) * UNITS[limit[-1]] for limit in limits) <= MEMORY_BYTES


def test_services_name_each_other_rightly() -> None:
    """Every host in a variable is a service of the file."""
    hosts = re.findall(r"\b(datahub-[a-z]+):\d{4,5}", FILE.read_text(encoding="utf-8"))
    assert hosts
    assert set(hosts) <= set(services())


@pytest.mark.docker
def test_compose_takes_the_profile() -> None:
    """With its secrets both files are one valid stack, and the platform forwards to it."""
    done = resolved("--profile", "datahub", "config", **dict.fromkeys(SECRETS, "secret"))
    assert done.returncode == 0, done.stderr
    found = yaml.safe_load(done.stdout)["services"]
    assert set(services()) <= set(found)
    assert found["platform"]["environment"]["ALMENARA_DATAHUB_URL"] == "http://datahub-gms:8080"
    without = resolved("config", "--services", **dict.fromkeys(SECRETS, "secret"))
    assert not set(services()) & set(without.stdout.split())


@pytest.mark.docker
@pytest.mark.parametrize("secret", sorted(set(SECRETS)))
def test_there_is_no_default_password(secret: str) -> None:
    """A secret that is missing is named, and nothing starts."""
    given = {name: "secret" for name in SECRETS if name != secret}
    done = resolved("--profile", "datahub", "config", "--quiet", **given)
    assert done.returncode != 0
    assert secret in done.stderr

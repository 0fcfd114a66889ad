"""Single containers for the suites, from the images that docker-compose.yml pins."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import yaml

COMPOSE_FILE = Path(__file__).resolve().parent.parent / "docker-compose.yml"
DEADLINE_SECONDS = 120


@cache
def services(profile: str = "") -> dict[str, dict[str, Any]]:
    """The services of the compose file as it is written, of a profile or of none."""
    found = yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))["services"]
    wanted = [profile] if profile else []
    return {name: one for name, one in found.items() if one.get("profiles", []) == wanted}


def image_of(service: str) -> str:
    """The image that the compose file pins for a service."""
    return services()[service]["image"].split(":-", 1)[1].removesuffix("}")


def has_image(service: str) -> bool:
    """Whether the engine has the image of a service."""
    return subprocess.run(
        ("docker", "image", "inspect", image_of(service)), capture_output=True, timeout=60, check=False
    ).returncode == 0  # fmt: skip


def docker(*arguments: str) -> str:
    """What the docker command prints."""
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True).stdout.strip()


@contextmanager
def container(service: str, *command: str, options: tuple[str, ...] = ()) -> Iterator[str]:
    """The name of a running container of a service's image; it is removed with its volumes at the end."""
    name = f"almenara-test-{service}-{uuid4().hex[:12]}"
    try:
        docker("run", "-d", "--name", name, *options, image_of(service), *command)
        yield name
    finally:
        subprocess.run(["docker", "rm", "-f", "-v", name], capture_output=True, check=False)


def published(name: str, port: int) -> str:
    """Where a container's port is to be found, as host:port."""
    return docker("port", name, f"{port}/tcp").split()[0]


def wait_for(url: str, method: str = "GET", json: object = None) -> None:
    """Wait until it answers a request well."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            httpx.request(method, url, json=json, timeout=5).raise_for_status()
            return
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)

"""Prometheus and Alertmanager as processes, on ports of their own."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import httpx

T = TypeVar("T")
PATIENCE_SECONDS = 60


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def eventually(ask: Callable[[], T], what: str, seconds: float = PATIENCE_SECONDS) -> T:
    """The first true answer; fails with ``what`` when none comes in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = ask()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{what} did not happen within {seconds} s")


def _ready(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).is_success
    except httpx.HTTPError:
        return False


@contextmanager
def _running(command: list[str], url: str, log: Path) -> Iterator[str]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        eventually(lambda: process.poll() is not None or _ready(f"{url}/-/ready"), f"{command[0]} ready")
        assert process.poll() is None, log.read_text()
        yield url
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def alertmanager(config: Path, folder: Path) -> Iterator[str]:
    """The address of an Alertmanager with this configuration."""
    port = free_port()
    command = [
        "alertmanager",
        f"--config.file={config}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with _running(command, f"http://127.0.0.1:{port}", folder / "alertmanager.log") as url:
        yield url


@contextmanager
def prometheus(config: Path, folder: Path) -> Iterator[str]:
    """The address of a Prometheus with this configuration."""
    port = free_port()
    command = [
        "prometheus",
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'prometheus'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--enable-feature=exemplar-storage,created-timestamp-zero-ingestion",
    ]
    with _running(command, f"http://127.0.0.1:{port}", folder / "prometheus.log") as url:
        yield url

"""Prometheus and Alertmanager as processes, on ports of their own."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
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


def alertmanager(config: Path, folder: Path) -> AbstractContextManager[str]:
    """The address of an Alertmanager with this configuration."""
    return _program("alertmanager", config, folder, "--storage.path", "--cluster.listen-address=")


def prometheus(config: Path, folder: Path) -> AbstractContextManager[str]:
    """The address of a Prometheus with this configuration."""
    features = "--enable-feature=exemplar-storage,created-timestamp-zero-ingestion"
    return _program("prometheus", config, folder, "--storage.tsdb.path", features)


@contextmanager
def _program(name: str, config: Path, folder: Path, storage: str, *options: str) -> Iterator[str]:
    address = f"127.0.0.1:{free_port()}"
    own = (f"--config.file={config}", f"{storage}={folder / name}", f"--web.listen-address={address}")
    with _running([name, *own, *options], f"http://{address}", folder / f"{name}.log") as url:
        yield url

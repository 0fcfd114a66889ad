"""A platform in a process of its own, which can be killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

START_SECONDS = 180


@dataclass
class PlatformProcess:
    """A running platform: its process and address."""

    process: subprocess.Popen[bytes]
    url: str

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait(90)

    def stop(self) -> int:
        """Ask it to end; returns the exit code."""
        self.process.terminate()
        return self.process.wait(90)


@contextmanager
def platform(folder: Path, **variables: str) -> Iterator[PlatformProcess]:
    """A platform over ``folder`` that answers; it is gone after the block."""
    with (folder / "output").open("ab") as output:
        running = launch(folder, output, **variables)
        try:
            yield running
        finally:
            if running.process.poll() is None:
                running.kill()


def launch(folder: Path, output: IO[bytes], **variables: str) -> PlatformProcess:
    """Start a platform at any free port and wait until it is ready."""
    announced = folder / "port"
    announced.unlink(missing_ok=True)
    command = [sys.executable, "-m", "almenara_platform", "--port-file", str(announced)]
    process = subprocess.Popen(
        command, env=own_environment(folder) | variables, cwd=folder, stdout=output, stderr=subprocess.STDOUT
    )
    url = f"http://127.0.0.1:{_port(process, announced)}"
    httpx.get(f"{url}/readyz", timeout=90).raise_for_status()
    return PlatformProcess(process, url)


def own_environment(folder: Path) -> dict[str, str]:
    """The environment of a platform over ``folder``, with no setting of the machine's."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("ALMENARA_")}
    settings = {
        "ALMENARA_DATA_DIR": str(folder / "data"),
        "ALMENARA_PORT_PLATFORM": "0",
        "ALMENARA_UI": "false",
    }
    return own | settings


def _port(process: subprocess.Popen[bytes], announced: Path) -> int:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if announced.exists() and announced.read_text().endswith("\n"):
            return int(announced.read_text())
        time.sleep(0.02)
    raise RuntimeError(f"the platform did not start (exit code {process.poll()})")

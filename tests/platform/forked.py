"""Platforms that are forked from one that has loaded everything: starting one takes no imports."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from tests.platform.process import START_SECONDS, own_environment


class Platforms:
    """Starts one platform after the other over ``folder``, each at any free port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pid = 0
        self._zygote = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("zygote.py"))],
            env=own_environment(folder),
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self) -> str:
        """Start the next platform; its address once it is ready."""
        announced = self._folder / "port"
        announced.unlink(missing_ok=True)
        asked = {"port_file": str(announced), "output": str(self._folder / "output")}
        assert self._zygote.stdin and self._zygote.stdout
        self._zygote.stdin.write(json.dumps(asked) + "\n")
        self._zygote.stdin.flush()
        self._pid = int(self._zygote.stdout.readline())
        self._until(lambda: announced.exists() and announced.read_text().endswith("\n"), "listens")
        url = f"http://127.0.0.1:{announced.read_text().strip()}"
        httpx.get(f"{url}/readyz", timeout=90).raise_for_status()
        return url

    def kill(self) -> None:
        """End the platform as a crash would; returns when it is gone."""
        os.kill(self._pid, signal.SIGKILL)
        self._until(lambda: not self._alive(), "is gone")

    def close(self) -> None:
        """End whatever still runs."""
        if self._pid and self._alive():
            self.kill()
        self._zygote.kill()
        self._zygote.communicate()

    def _alive(self) -> bool:
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return False
        return True

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not condition():
            assert time.monotonic() < deadline, f"no platform {what}: {(self._folder / 'output').read_text()}"
            time.sleep(0.01)


@contextmanager
def platforms(folder: Path) -> Iterator[Platforms]:
    """Platforms over ``folder``; the last one is gone after the block."""
    started = Platforms(folder)
    try:
        yield started
    finally:
        started.close()

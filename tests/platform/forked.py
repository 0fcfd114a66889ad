"""Platforms that start without their imports and are killed, one after the other."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from tests.forking.zygote import Zygote
from tests.platform.process import START_SECONDS, own_environment


class Platforms:
    """Starts one platform after the other over ``folder``, each at any free port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pid = 0
        self._output = folder / "output"
        self._zygote = Zygote("almenara_platform.__main__", own_environment(folder), folder)

    def start(self) -> str:
        """Start the next platform; its address once it is ready."""
        announced = self._folder / "port"
        announced.unlink(missing_ok=True)
        self._pid = self._zygote.start(self._output, ["--port-file", str(announced)])
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
        self._zygote.close()

    def _alive(self) -> bool:
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return False
        return True

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not condition():
            assert time.monotonic() < deadline, f"no platform {what}: {self._output.read_text()}"
            time.sleep(0.01)


@contextmanager
def platforms(folder: Path) -> Iterator[Platforms]:
    """Platforms over ``folder``; the last one is gone after the block."""
    started = Platforms(folder)
    try:
        yield started
    finally:
        started.close()

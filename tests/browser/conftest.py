"""The console behind a real server, and a browser in front of it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect, sync_playwright

from almenara_platform.platform import Platform
from almenara_platform.reliability import Reliability
from almenara_platform.ui import mount
from almenara_platform.ui.elsewhere import NOWHERE, Elsewhere

from .story import memory_platform

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DEADLINE_SECONDS = 90

# A busy machine is slow; what is waited for comes or does not.
expect.set_options(timeout=60_000)


@dataclass(frozen=True, slots=True)
class Served:
    """A console that answers at ``url``."""

    url: str
    platform: Platform


@contextmanager
def serving(
    platform: Platform, watch: Reliability | None = None, elsewhere: Elsewhere = NOWHERE
) -> Iterator[Served]:
    """Serve the console of ``platform`` on a free port until the block ends."""
    app = FastAPI()
    mount(app, platform, watch=watch, elsewhere=elsewhere)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    _wait_until(lambda: server.started)
    try:
        yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}", platform)
    finally:
        server.should_exit = True
        thread.join(DEADLINE_SECONDS)


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the server did not start")
        time.sleep(0.02)


@pytest.fixture
def served() -> Iterator[Served]:
    """A console over a platform that knows nothing yet."""
    with serving(memory_platform()) as console:
        yield console


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A Chromium for the tests of a file. Playwright's own event loop must not outlive them: tests elsewhere
    run theirs in the same thread."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab of its own, which fails the test when a script of the page fails."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    yield opened
    context.close()
    assert not faults

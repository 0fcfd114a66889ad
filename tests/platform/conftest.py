"""A platform in this process, over files of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from almenara_platform import settings
from almenara_platform.app import create_app

Start = Callable[..., TestClient]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a platform with these settings; every one of a test has the same data folder."""
    with ExitStack() as stack:

        def begin(**runtime: Any) -> TestClient:
            # Most signals of tests are of a fixed day, which the platform would forget as it starts.
            chosen = {"ui": False, "data_dir": tmp_path / "data", "retention_days": 36_500} | runtime
            app = create_app(settings.read(chosen, environ={}))
            return stack.enter_context(TestClient(app, raise_server_exceptions=False))

        yield begin


@pytest.fixture
def client(start: Start) -> TestClient:
    """A client of a platform with default settings."""
    return start()

"""The API as a process."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import pytest
import uvicorn

from almenara import runtime
from sample_api.__main__ import main


def test_signals_carry_the_version_of_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spans of two releases can be told apart."""
    monkeypatch.chdir(tmp_path)
    seen: list[Mapping[str, object]] = []
    monkeypatch.setattr(uvicorn, "run", lambda app, **_: seen.append(runtime.current().resource.attributes))
    assert main() == 0
    assert [attributes["service.version"] for attributes in seen] == [version("almenara-sample-api")]

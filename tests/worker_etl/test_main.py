"""The worker as a process."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import pytest

from almenara import runtime
from worker_etl import __main__ as worker


def test_signals_carry_the_version_of_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spans of two releases can be told apart."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALMENARA_HMAC_KEY", "k" * 32)
    seen: list[Mapping[str, object]] = []
    monkeypatch.setattr(worker, "compose", lambda *_: None)
    monkeypatch.setattr(worker, "_serve", lambda *_: seen.append(runtime.current().resource.attributes))
    assert worker.main() == 0
    assert [attributes["service.version"] for attributes in seen] == [version("almenara-worker-etl")]

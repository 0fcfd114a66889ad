"""The worker's settings."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from almenara.exceptions import SettingsError
from worker_etl import settings


@pytest.mark.parametrize(("key", "told"), [("", "is not set"), ("short", "is too short")])
def test_refuses_to_start_without_a_secret(monkeypatch: pytest.MonkeyPatch, key: str, told: str) -> None:
    """Without a key that deserves the name there are no customer ids; the error says how to make one."""
    monkeypatch.setenv("ALMENARA_HMAC_KEY", key)
    with pytest.raises(SettingsError, match=f"ALMENARA_HMAC_KEY {told}.*token_hex"):
        settings.read()


def test_the_key_is_never_shown() -> None:
    """Neither key nor the addresses, which may hold passwords, are printed."""
    read = settings.read(hmac_key="a secret of the tests")
    shown = {row.name: row.value for row in read.describe()}
    assert shown["hmac_key"] == shown["warehouse_url"] == "***"


def test_process_says_what_is_missing(tmp_path: Path) -> None:
    """`python -m worker_etl` without a key ends with 2 and one clear line."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ALMENARA_")}
    ended = subprocess.run(
        [sys.executable, "-m", "worker_etl"], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("worker_etl: ALMENARA_HMAC_KEY is not set")
    assert "Traceback" not in ended.stderr

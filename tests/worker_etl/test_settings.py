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


PROBLEMS = {
    "no-key": ({"ALMENARA_HMAC_KEY": ""}, "ALMENARA_HMAC_KEY is not set"),
    "no-address": ({"ALMENARA_HOST": "192.0.2.1"}, "ALMENARA_PORT_WORKER: cannot listen on 192.0.2.1"),
}


@pytest.mark.parametrize(("wrong", "told"), PROBLEMS.values(), ids=PROBLEMS.keys())
def test_process_says_what_is_wrong(tmp_path: Path, wrong: dict[str, str], told: str) -> None:
    """`python -m worker_etl` with something wrong ends with 2 and one clear line."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ALMENARA_")}
    environment |= {"ALMENARA_HMAC_KEY": "a secret of the tests", "ALMENARA_PORT_WORKER": "0"}
    ended = subprocess.run(
        [sys.executable, "-m", "worker_etl"],
        env=environment | wrong,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("worker_etl: ")
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr

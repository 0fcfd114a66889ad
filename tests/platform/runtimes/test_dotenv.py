"""The .env file: secrets are made once, and what a user wrote stays."""

from __future__ import annotations

import stat
from pathlib import Path

from almenara_platform.runtimes.dotenv import DotEnv


def test_secrets_are_made_once_and_kept_from_others(tmp_path: Path) -> None:
    """The file is for its owner alone, and a second call changes nothing."""
    path = tmp_path / ".env"
    assert DotEnv(path).ensure(["ONE", "TWO"], {}) == ["ONE", "TWO"]
    first = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert DotEnv(path).ensure(["ONE", "TWO"], {}) == []
    assert path.read_text() == first


def test_what_a_user_wrote_stays(tmp_path: Path) -> None:
    """Own lines, comments and values are kept; only what is missing is added, on lines of its own."""
    path = tmp_path / ".env"
    path.write_text("# mine\nONE='kept'\nALMENARA_PORT_LOKI=3101")
    assert DotEnv(path).ensure(["ONE", "TWO"], {}) == ["TWO"]
    assert path.read_text().startswith("# mine\nONE='kept'\nALMENARA_PORT_LOKI=3101\nTWO=")
    assert DotEnv(path).read()["ONE"] == "kept"


def test_secret_of_the_environment_is_not_made(tmp_path: Path) -> None:
    """Whoever brings a secret keeps it out of the file."""
    path = tmp_path / ".env"
    assert DotEnv(path).ensure(["ONE"], {"ONE": "given"}) == []
    assert not path.exists()


def test_secrets_are_long_and_different(tmp_path: Path) -> None:
    """Two secrets are never the same, and each has 192 bits."""
    env = DotEnv(tmp_path / ".env")
    env.ensure(["ONE", "TWO"], {})
    values = env.read()
    assert values["ONE"] != values["TWO"]
    assert len(bytes.fromhex(values["ONE"])) == 24

"""Which checkout of Almenara the command works on."""

from __future__ import annotations

from pathlib import Path

from almenara_platform.runtimes.exceptions import RuntimeFailure

SIGN = "services/worker_etl/pyproject.toml"


def find(start: Path, installed: Path = Path(__file__)) -> Path:
    """The root of the checkout that the command was installed from, else of the one around ``start``."""
    for folder in (*installed.resolve().parents, start, *start.parents):
        if (folder / SIGN).is_file():
            return folder
    raise RuntimeFailure(f"{start} is not inside a checkout of Almenara; change into one and try again")

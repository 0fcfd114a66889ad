"""The .env file that Compose reads: secrets are added once, what a user wrote is never changed."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from almenara_platform.runtimes.credentials import write_private

ENTROPY_BYTES = 24
HEADER = (
    "# Made by `make up` and read by Docker Compose. Keep it: the volumes were set up with these secrets.\n"
)


class DotEnv:
    """Values by name in one file of mode 600."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, str]:
        """The values in the file; empty when there is none."""
        if not self.path.is_file():
            return {}
        lines = (line.strip() for line in self.path.read_text(encoding="utf-8").splitlines())
        pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
        return {name.strip(): value.strip().strip("'\"") for name, _, value in pairs}

    def ensure(self, names: Iterable[str], environ: Mapping[str, str]) -> list[str]:
        """Add a random value for each name that neither the file nor ``environ`` has; returns these names."""
        known = self.read()
        created = [name for name in names if not known.get(name) and not environ.get(name)]
        if created:
            text = self.path.read_text(encoding="utf-8") if self.path.is_file() else HEADER
            text += "" if text.endswith("\n") else "\n"
            # Hexadecimal, because the value passes through URLs, YAML and shells.
            text += "".join(f"{name}={secrets.token_hex(ENTROPY_BYTES)}\n" for name in created)
            write_private(self.path, text)
        return created

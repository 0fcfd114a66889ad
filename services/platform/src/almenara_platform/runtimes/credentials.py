"""The secrets of an installation: made once, kept in one file that only its owner can read."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from almenara_platform.runtimes.exceptions import RuntimeFailure

ENTROPY_BYTES = 32


class Credentials:
    """Random secrets by the name of the environment variable that carries them."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, str]:
        """What is there; empty before the first ``ensure``."""
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise RuntimeFailure(
                f"{self._path} is not readable ({error}); mend it or move it away"
            ) from error
        return {str(name): str(value) for name, value in found.items()}

    def ensure(self, names: Iterable[str]) -> tuple[dict[str, str], list[str]]:
        """Every named secret and the names of those just made; an existing one is never changed."""
        known = self.read()
        created = [name for name in names if not known.get(name)]
        if created:
            known |= {name: secrets.token_urlsafe(ENTROPY_BYTES) for name in created}
            self._write(known)
        return known, created

    def _write(self, values: dict[str, str]) -> None:
        write_private(self._path, json.dumps(values, indent=2) + "\n")


def write_private(path: Path, text: str) -> Path:
    """Replace a file as a whole; it is never readable for others, not even for a moment. Returns the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
    return path

"""Fingerprints of files and folders: what images were built from, what containers have mounted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from almenara_platform.runtimes.credentials import write_private

DIGITS = 16


def of_paths(root: Path, paths: Iterable[Path]) -> str:
    """One text for the names and contents of these files and all files below these folders."""
    digest = hashlib.sha256()
    for path in sorted(file for one in paths for file in _files(one)):
        digest.update(f"{path.relative_to(root) if path.is_relative_to(root) else path}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:DIGITS]


class Remembered:
    """Fingerprints by name in a file of their own."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, str]:
        """What was remembered last; empty for nothing, or for a file that is broken."""
        try:
            return dict(json.loads(self._path.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError):
            return {}

    def write(self, fingerprints: Mapping[str, str]) -> None:
        """Remember these and forget the others."""
        write_private(self._path, json.dumps(dict(fingerprints), indent=2) + "\n")


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    else:
        yield from (one for one in path.rglob("*") if one.is_file() and "__pycache__" not in one.parts)

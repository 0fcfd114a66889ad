"""Alertmanager's receivers, reduced to those whose secrets exist.

Alertmanager reads a secret's file when it notifies: an entry without its file would fail each time.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any


def keep_usable(config: dict[str, Any], folder: Path) -> list[str]:
    """Change ``config`` in place; secret files are relative to ``folder`` and become absolute.

    A missing credential of an HTTP client only goes itself, because the platform's webhook may need none;
    for any other missing file the whole entry goes. Returns what was left out, such as ``team-page (slack)``.
    """
    left_out: list[str] = []
    for receiver in config.get("receivers", ()):
        for kind in [key for key in receiver if key.endswith("_configs")]:
            entries = [_prepared(entry, folder) for entry in receiver[kind]]
            receiver[kind] = [entry for entry in entries if entry]
            if len(receiver[kind]) < len(entries):
                left_out.append(f"{receiver['name']} ({kind.removesuffix('_configs')})")
    return left_out


def secret_files(config: dict[str, Any]) -> list[str]:
    """The names of all secret files that the receivers use, sorted."""
    entries = (value for receiver in config.get("receivers", ()) for value in receiver.values())
    return sorted({Path(file).name for entry in entries for file in _files(entry)})


def _prepared(entry: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The entry with absolute paths, or nothing when a secret of it is missing."""
    kept = {key: value for key, value in entry.items() if key != "http_config"}
    if all((folder / file).is_file() for file in _files(entry.get("http_config", {}))):
        kept = entry
    if not all((folder / file).is_file() for file in _files(kept)):
        return {}
    return _absolute(kept, folder)


def _files(value: Any) -> Iterable[str]:
    """Every path under a key that ends in ``_file``, at any depth."""
    if isinstance(value, list):
        for item in value:
            yield from _files(item)
    if isinstance(value, dict):
        for key, item in value.items():
            if key.endswith("_file"):
                yield item
            else:
                yield from _files(item)


def _absolute(value: Any, folder: Path) -> Any:
    if isinstance(value, list):
        return [_absolute(item, folder) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: str(folder / item) if key.endswith("_file") else _absolute(item, folder)
        for key, item in value.items()
    }

"""almenara.toml: one file, one section a member."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from almenara.exceptions import SettingsError
from almenara.settings.setting import Setting
from almenara.settings.unknown import refuse_unknown

FILE_NAME = "almenara.toml"
FILE_VARIABLE = "ALMENARA_CONFIG"
SECTIONS = ("sdk", "platform", "runtime", "sample_api", "worker_etl")


@dataclass(frozen=True, slots=True)
class Section:
    """The values of one section; empty where there is no file or no such section."""

    path: Path = Path(FILE_NAME)
    values: dict[str, Any] = field(default_factory=dict)


def read_section(
    name: str, table: Sequence[Setting], environ: Mapping[str, str], directory: Path | None
) -> Section:
    """The section ``name`` of the file, every key known to ``table``.

    Raises SettingsError for a file that was asked for and cannot be read, for broken TOML, and for unknown
    sections and keys.
    """
    named = environ.get(FILE_VARIABLE, "")
    path = Path(named) if named else (directory or Path.cwd()) / FILE_NAME
    if not named and not path.is_file():
        return Section(path)
    content = _parse(path)
    _refuse_loose(content, path)
    refuse_unknown(content, SECTIONS, f"{path}, section")
    values = content.get(name, {})
    if not isinstance(values, dict):
        raise SettingsError(f"{path}: {name} must be a section; write [{name}] above its settings")
    refuse_unknown(values, [row.name for row in table], f"{path}, section [{name}]")
    return Section(path, values)


def _refuse_loose(content: Mapping[str, Any], path: Path) -> None:
    for key, value in content.items():
        if key not in SECTIONS and not isinstance(value, dict):
            sections = ", ".join(f"[{name}]" for name in SECTIONS)
            raise SettingsError(f"{path}: {key!r} is in no section; write one of {sections} above it")


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from error

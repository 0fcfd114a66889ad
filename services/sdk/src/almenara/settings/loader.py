"""Values for a settings table: runtime before environment before file before default."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from almenara.settings.file import Section, read_section
from almenara.settings.setting import Setting
from almenara.settings.unknown import refuse_misspelled_environment, refuse_unknown

MASK = "***"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from: ``source`` is runtime, environment, file or default; ``detail`` says which."""

    source: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.source} {self.detail}".strip()


@dataclass(frozen=True, slots=True)
class Described:
    """One line of ``almenara config show``; a secret that is set reads ``***``."""

    name: str
    env: str
    value: str
    origin: str
    help: str


class Settings:
    """The values of one table, read as attributes; each knows its origin.

    >>> settings = load([Setting("color", "MY_COLOR", str, "red", "Paint.")], environ={"MY_COLOR": "blue"})
    >>> settings.color, str(settings.origin("color"))
    ('blue', 'environment MY_COLOR')
    """

    __slots__ = ("_origins", "_table", "_values")

    def __init__(
        self, table: tuple[Setting, ...], values: dict[str, Any], origins: dict[str, Origin]
    ) -> None:
        self._table = table
        self._values = values
        self._origins = origins

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(f"no setting is named {name!r}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __repr__(self) -> str:
        given = (f"{row.name}={row.value!r}" for row in self.describe() if row.origin != "default")
        return f"Settings({', '.join(given)})"

    def origin(self, name: str) -> Origin:
        """Where the value of ``name`` came from."""
        return self._origins[name]

    def is_default(self, name: str) -> bool:
        """Whether nobody gave ``name`` a value."""
        return self._origins[name].source == "default"

    def describe(self) -> list[Described]:
        """Every setting with value and origin, in the table's order."""
        return [self._describe(setting) for setting in self._table]

    def _describe(self, setting: Setting) -> Described:
        value = self._values[setting.name]
        shown = MASK if setting.secret and value else _show(value)
        return Described(setting.name, setting.env, shown, str(self._origins[setting.name]), setting.help)


def load(
    table: tuple[Setting, ...] | list[Setting],
    *,
    runtime: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    section: str = "",
    directory: Path | None = None,
) -> Settings:
    """Read ``table`` from ``runtime``, ``environ`` and the ``[section]`` of almenara.toml, in this order.

    The file is ``$ALMENARA_CONFIG`` or ``almenara.toml`` in ``directory`` (default: the working directory);
    without a ``section`` no file is read. A None in ``runtime`` counts as not given. Raises SettingsError for
    a malformed value and for an unknown key, with the nearest known one; an unknown environment variable is
    refused when it looks like a misspelled one of this table, because other members share the prefix.
    """
    rows = tuple(table)
    environ = os.environ if environ is None else environ
    given = {name: value for name, value in (runtime or {}).items() if value is not None}
    refuse_unknown(given, [row.name for row in rows], "configure()")
    refuse_misspelled_environment(environ, rows)
    file = read_section(section, rows, environ, directory) if section else Section()
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for row in rows:
        values[row.name], origins[row.name] = _resolve(row, given, environ, file)
    return Settings(rows, values, origins)


def _resolve(
    row: Setting, runtime: Mapping[str, Any], environ: Mapping[str, str], file: Section
) -> tuple[Any, Origin]:
    if row.name in runtime:
        return row.parse(runtime[row.name], row.name), Origin("runtime")
    for variable in (row.env, *row.aliases):
        if environ.get(variable, "").strip():
            return row.parse(environ[variable].strip(), variable), Origin("environment", variable)
    if row.name in file.values:
        return row.parse(file.values[row.name], f"{file.path}: {row.name}"), Origin("file", str(file.path))
    return row.default_value(), Origin("default")


def _show(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return ",".join(f"{key}={item}" for key, item in value.items())
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)

"""The settings tables of the members that are installed here, loaded together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from almenara.settings import Described, Settings, load

SETTINGS_MODULES = (
    "almenara.settings",
    "almenara_platform.settings",
    "almenara_platform.runtimes.settings",
    "sample_api.settings",
    "worker_etl.settings",
)
"""Each has a ``TABLE`` and the ``SECTION`` of almenara.toml that belongs to it."""


@dataclass(frozen=True, slots=True)
class Members:
    """The settings of every member by section, and the variables (aliases too) that carry secrets."""

    sections: Mapping[str, Settings]
    secrets: frozenset[str] = frozenset()

    @classmethod
    def load(cls, environ: Mapping[str, str], directory: Path) -> Members:
        """Read every table; raises SettingsError for the first value that is wrong."""
        modules = [import_module(name) for name in SETTINGS_MODULES if _is_installed(name)]
        sections = {
            module.SECTION: load(module.TABLE, environ=environ, section=module.SECTION, directory=directory)
            for module in modules
        }
        rows = [row for module in modules for row in module.TABLE if row.secret]
        return cls(sections, frozenset(name for row in rows for name in (row.env, *row.aliases)))

    def value(self, variable: str) -> Any:
        """The value of the setting that this environment variable carries, in the first table that has it."""
        settings, name = self._rows(variable)[0]
        return getattr(settings, name)

    def is_default(self, variable: str) -> bool:
        """Whether nobody gave that setting a value in any table."""
        return all(settings.is_default(name) for settings, name in self._rows(variable))

    def describe(self) -> Iterator[tuple[str, Described]]:
        """Every setting of every member, each with its section."""
        for section, settings in self.sections.items():
            yield from ((section, row) for row in settings.describe())

    def _rows(self, variable: str) -> list[tuple[Settings, str]]:
        rows = [(self.sections[section], row.name) for section, row in self.describe() if row.env == variable]
        if not rows:
            raise LookupError(f"no table has a setting for {variable}")
        return rows


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False

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
    """The settings of every member by section."""

    sections: Mapping[str, Settings]

    @classmethod
    def load(cls, environ: Mapping[str, str], directory: Path) -> Members:
        """Read every table; raises SettingsError for the first value that is wrong."""
        modules = [import_module(name) for name in SETTINGS_MODULES if _is_installed(name)]
        return cls(
            {
                module.SECTION: load(
                    module.TABLE, environ=environ, section=module.SECTION, directory=directory
                )
                for module in modules
            }
        )

    def value(self, section: str, variable: str) -> Any:
        """The value of the setting that this environment variable carries."""
        settings = self.sections[section]
        return getattr(settings, _name_of(settings, variable))

    def is_default(self, section: str, variable: str) -> bool:
        """Whether nobody gave that setting a value."""
        settings = self.sections[section]
        return settings.is_default(_name_of(settings, variable))

    def describe(self) -> Iterator[tuple[str, Described]]:
        """Every setting of every member, each with its section."""
        for section, settings in self.sections.items():
            yield from ((section, row) for row in settings.describe())


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _name_of(settings: Settings, variable: str) -> str:
    return next(row.name for row in settings.describe() if row.env == variable)

"""Runbooks: what to do about an alert, one Markdown file each."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from almenara_platform.exceptions import NotFound


@dataclass(frozen=True, slots=True)
class Runbooks:
    """The files ``<Alert>.md`` of a folder."""

    folder: Path

    def names(self) -> Sequence[str]:
        """The alerts that have a runbook, sorted."""
        return sorted(path.stem for path in self.folder.glob("*.md") if path.stem != "README")

    def text(self, alert: str) -> str:
        """The Markdown for an alert; raises ``NotFound`` with near names."""
        names = self.names()
        # Asked by name of a listed file, so that no path can be smuggled in.
        if alert not in names:
            near = tuple(difflib.get_close_matches(alert, names, n=3))
            raise NotFound(f"No runbook is called {alert!r}.", near)
        return (self.folder / f"{alert}.md").read_text(encoding="utf-8")

"""Every dashboard as the file that Grafana is provisioned with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from almenara_platform.dashboards import lineage, pipelines, platform, quality, run, services, slos
from almenara_platform.dashboards.board import Board
from almenara_platform.dashboards.config import Config

FOLDER = "grafana/dashboards"
MODULES = (pipelines, run, quality, slos, services, lineage, platform)


def boards(config: Config) -> list[Board]:
    """All dashboards, in the order in which the menu shows them."""
    return [module.board(config) for module in MODULES]


def files(config: Config) -> dict[str, str]:
    """File name to content."""
    return {f"{board.uid}.json": board.json() for board in boards(config)}


def stale(folder: Path, wanted: Mapping[str, str]) -> list[str]:
    """Names of files that are missing, differ, or belong to no dashboard."""
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))


def write(folder: Path, wanted: Mapping[str, str]) -> list[str]:
    """Make the dashboards in ``folder`` be these; the names of the files that changed."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = stale(folder, wanted)
    for name in changed:
        _put(folder / name, wanted.get(name))
    return changed


def _put(path: Path, content: str | None) -> None:
    if content is None:
        path.unlink()
        return
    # Grafana watches the folder and may read in the middle of a plain write.
    part = path.with_name(f".{path.name}.part")
    part.write_text(content, encoding="utf-8")
    part.replace(path)

"""What a pipeline's failure reaches downstream: its blast radius."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui

from almenara_platform.alerts.model import Reach
from almenara_platform.ui.components.text import text

SHOWN = 30


def blast_radius(reach: Reach, words: str = "") -> None:
    """Owners, pipelines and datasets; ``words`` stand where no lineage could tell."""
    if not reach.known:
        text(words or "No lineage of this pipeline is known yet.", "p").classes("al-quiet")
    for title, names in (
        ("Owners to tell", reach.owners),
        ("Pipelines downstream", reach.pipelines),
        ("Datasets", reach.datasets),
    ):
        _names(title, names)


def _names(title: str, names: Sequence[str]) -> None:
    if not names:
        return
    with ui.element("div").classes("al-tags"):
        text(f"{title} ({len(names)})").classes("al-quiet")
        for name in names[:SHOWN]:
            text(name).classes("al-tag")
        if len(names) > SHOWN:
            text(f"{len(names) - SHOWN} more").classes("al-quiet")

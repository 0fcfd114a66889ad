"""What a page about lineage offers while nothing is chosen: the first few things that are known, as links."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui

from almenara_platform.canary.names import NAME, NAMESPACE
from almenara_platform.lineage.answers.labels import known_labels
from almenara_platform.lineage.answers.search import first_datasets
from almenara_platform.lineage.facts import Entity
from almenara_platform.lineage.index import Snapshot
from almenara_platform.ui import links
from almenara_platform.ui.components.messages import message

MOST = 10
HOW = "Type a part of its name above."
Start = tuple[str, str, str]
"""Name, namespace and address."""


def of_lineage(snapshot: Snapshot) -> list[Start]:
    """Datasets, each leading to its lineage."""
    found = _datasets(snapshot)
    return [(each.name, each.namespace, links.lineage(each.namespace, each.name)) for each in found]


def of_impact(snapshot: Snapshot) -> list[Start]:
    """Datasets, each leading to what breaks when it is dropped."""
    found = _datasets(snapshot)
    return [(each.name, each.namespace, links.impact(each.namespace, each.name)) for each in found]


def of_personal_data(snapshot: Snapshot) -> list[Start]:
    """Labels, each leading to where its columns have gone; datasets where no column carries a label."""
    labels = known_labels(snapshot)[:MOST]
    if labels:
        return [(label, "", links.personal_data(label=label)) for label in labels]
    found = _datasets(snapshot)
    return [
        (each.name, each.namespace, links.personal_data(namespace=each.namespace, name=each.name))
        for each in found
    ]


def _datasets(snapshot: Snapshot) -> list[Entity]:
    """The first datasets; the canary's own is nothing to begin with."""
    found = first_datasets(snapshot, MOST + 1)
    return [each for each in found if each[1:] != (NAMESPACE, NAME)][:MOST]


def offer(icon: str, title: str, explanation: str, starts: Sequence[Start]) -> None:
    """A message that says what to choose, and some of it to choose from."""
    with message(icon, title, explanation):
        if starts:
            with ui.element("div").classes("al-tags").props('role="group" aria-label="To begin with"'):
                for name, namespace, href in starts:
                    ui.link(name, href).classes("al-tag").props["title"] = namespace or name

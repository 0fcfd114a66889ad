"""The page Impact: what breaks when a dataset or column changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from almenara_platform.lineage.answers.impact import Change, impact
from almenara_platform.ui import links
from almenara_platform.ui.components.fields import choice
from almenara_platform.ui.components.figures import Figure, figures
from almenara_platform.ui.components.lineage_search import Hit, LineageSearch
from almenara_platform.ui.components.messages import link_button, message
from almenara_platform.ui.components.pane import Pane
from almenara_platform.ui.components.panels import panel
from almenara_platform.ui.components.shell import shell
from almenara_platform.ui.components.table import Cell, Column, DataTable, Row
from almenara_platform.ui.components.text import heading, text
from almenara_platform.ui.console import current

CHANGES = {Change.DROP: "Dropped", Change.RENAME: "Renamed", Change.TYPE: "Given another type"}
_COLUMNS = (Column("name", "Name"), Column("what", "What"), Column("owner", "Whose", sortable=True))
Thing = Mapping[str, Any]


@ui.page(links.IMPACT)
async def impact_page(namespace: str = "", name: str = "", column: str = "", change: str = "drop") -> None:
    """The page ``/impact``; its parameters say what changes."""
    console = current()
    wanted = Change(change) if change in CHANGES else Change.DROP
    with shell("Impact"):
        heading("Impact", 1)
        LineageSearch("Dataset or column that changes", _address)
        if not (namespace and name):
            message("crisis_alert", "Choose what changes", "Type a part of its name above.")
            return

        def fetch() -> dict[str, Any]:
            answers = console.answers
            boards, snapshot = answers.dashboards.all(), answers.index.snapshot()
            return impact(snapshot, namespace, name, column or None, wanted, boards, answers.slos)

        await Pane(fetch, lambda found: ImpactView((namespace, name, column), wanted, found)).load()


def _address(hit: Hit) -> str:
    known = hit["kind"] in ("dataset", "column")
    return links.impact(hit["namespace"], hit["name"], hit["column"]) if known else ""


class ImpactView:
    """How many things are affected, then each kind as a table."""

    def __init__(self, asked: tuple[str, str, str], change: Change, found: dict[str, Any]) -> None:
        namespace, name, column = asked
        with ui.element("div").classes("al-row"):
            text(f"{name}.{column}" if column else name).classes("mono")
            choice("Change", CHANGES, lambda e: _go(asked, e.value), change)
            link_button("Lineage", links.lineage(namespace, name, column), icon="account_tree")
        kinds = ("pipelines", "datasets", "dashboards", "models", "slos")
        with figures():
            for kind in kinds:
                Figure(_title(kind)).show(str(len(found[kind])))
        for kind in kinds:
            if found[kind]:
                with panel(_title(kind)):
                    DataTable(_title(kind), _COLUMNS).show(_rows(found[kind]))
        with panel("To be told"), ui.element("div").classes("al-panel-body"):
            text(", ".join(found["owners"]) or "No owner of what is affected is known.", "p")


def _go(asked: tuple[str, str, str], change: str) -> None:
    parameters = dict(zip(("namespace", "name", "column"), asked, strict=True))
    ui.navigate.to(links.with_query(links.IMPACT, parameters | {"change": str(change)}))


def _title(kind: str) -> str:
    return {"slos": "SLOs", "models": "ML models"}.get(kind, kind.capitalize())


def _rows(things: Sequence[Thing]) -> list[Row]:
    return [Row(str(number), _cells(thing)) for number, thing in enumerate(things)]


def _cells(thing: Thing) -> dict[str, Cell]:
    owner = thing.get("owner") or thing.get("team") or ""
    if "panels" in thing:
        tags = [{"text": each["title"], "title": ", ".join(each["uses"])} for each in thing["panels"]]
        return {"name": {"text": thing["title"], "sub": thing["file"]}, "what": {"tags": tags}, "owner": ""}
    if "id" in thing:
        return {
            "name": {"text": thing["id"], "href": links.slo(thing["id"])},
            "what": thing["pipeline"],
            "owner": owner,
        }
    place = thing["namespace"], thing["name"]
    doubt = "" if thing["certain"] else "perhaps: it told no columns"
    if "columns" in thing:
        tags = [{"text": column, "href": links.lineage(*place, column)} for column in thing["columns"]]
        what: Cell = {"tags": tags} if tags else doubt
        return {"name": _named(place, links.dataset(*place)), "what": what, "owner": owner}
    return {"name": _named(place, links.pipeline(*place)), "what": doubt, "owner": owner}


def _named(place: tuple[str, str], href: str) -> Cell:
    return {"text": place[1], "sub": place[0], "href": href}

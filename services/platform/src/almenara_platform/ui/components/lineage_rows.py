"""Rows of tables about lineage."""

from __future__ import annotations

from collections.abc import Sequence

from almenara_platform.lineage.answers.reach import Item, Place
from almenara_platform.lineage.facts import Entity, Kind
from almenara_platform.lineage.index import Snapshot
from almenara_platform.ui import links
from almenara_platform.ui.components.table import Cell, Column, Row, state
from almenara_platform.ui.lineage_colours import NOT_WRITTEN, Painter

MOST_PLACES = 12
REACHED = (
    Column("name", "Dataset", sortable=True),
    Column("column", "Column", sortable=True),
    Column("way", "Way", "tight", sortable=True),
    Column("hops", "Hops", "end", sortable=True),
    Column("state", "Last written", "tight"),
    Column("path", "Path of the data"),
)


def reached_row(place: int, way: str, item: Item, snapshot: Snapshot, paint: Painter) -> Row:
    """One dataset or column that is reached, with the state of the run that wrote it last."""
    names = item["namespace"], item["name"], item["column"]
    number = snapshot.entity(Entity(Kind.DATASET, *names[:2]))
    cells: dict[str, Cell] = {
        "name": {"text": item["name"], "sub": item["namespace"], "href": links.lineage(*names)},
        "column": item["column"] or ("the whole dataset" if item["path"][0][2] else ""),
        "way": way,
        "hops": {"text": str(item["hops"]), "sort": item["hops"]},
        "state": state(NOT_WRITTEN if number is None else paint(number)),
        "path": path_cell(item["path"]),
    }
    return Row(str(place), cells)


def path_cell(path: Sequence[Place]) -> Cell:
    """The places of a path; of a long one its beginning and its end."""
    if len(path) <= MOST_PLACES:
        return {"tags": [_tag(place) for place in path], "way": True}
    half = MOST_PLACES // 2
    between = {"text": f"… {len(path) - 2 * half} more …"}
    return {"tags": [*map(_tag, path[:half]), between, *map(_tag, path[-half:])], "way": True}


def _tag(place: Place) -> dict[str, str]:
    namespace, name, column = place
    shown = f"{name}.{column}" if column else name
    return {"text": shown, "title": namespace, "href": links.lineage(namespace, name, column)}

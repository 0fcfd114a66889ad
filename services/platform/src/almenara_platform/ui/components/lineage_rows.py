"""Rows of tables about lineage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from almenara_platform.lineage.answers.reach import Item, Place
from almenara_platform.lineage.facts import Entity, Kind
from almenara_platform.lineage.hand_over import is_hand_over, taken_over_by
from almenara_platform.lineage.index import Snapshot
from almenara_platform.ui import links
from almenara_platform.ui.components.table import Cell, Column, Row, state
from almenara_platform.ui.lineage_colours import NOT_WRITTEN, WRITERS_RUN, LastRun, why
from almenara_platform.ui.states import of_run

MOST_PLACES = 12
MOST_OF_A_PLACE, _HEAD = 64, 20
REACHED = (
    Column("name", "Dataset", "wrap", sortable=True),
    Column("column", "Column", "wrap", sortable=True),
    Column("way", "Way", "tight", sortable=True),
    Column("hops", "Hops", "end", sortable=True),
    Column("state", WRITERS_RUN, "wrap"),
    Column("path", "Path of the data", "path"),
)


def reached_row(place: int, way: str, item: Item, snapshot: Snapshot, last: LastRun, now: datetime) -> Row:
    """What is reached, with the last run of the pipelines that write it, and why that failed."""
    names = item["namespace"], item["name"], item["column"]
    number = snapshot.entity(Entity(Kind.DATASET, *names[:2]))
    run = None if number is None else last(number)
    written = state(NOT_WRITTEN)
    if run is not None:
        written = state(of_run(run.state), run.pipeline, why(run, now), links.run(run.run_id))
    cells: dict[str, Cell] = {
        "name": {"text": item["name"], "sub": item["namespace"], "href": links.lineage(*names)},
        "column": item["column"] or ("the whole dataset" if item["path"][0][2] else ""),
        "way": way,
        "hops": {"text": str(item["hops"]), "sort": item["hops"]},
        "state": written,
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
    whole = f"{name}.{column}" if column else name
    shown = whole
    if len(whole) > MOST_OF_A_PLACE:
        shown = f"{whole[:_HEAD]}…{whole[_HEAD + 1 - MOST_OF_A_PLACE :]}"
    href = links.lineage(namespace, name, column)
    if column is None and is_hand_over(name):
        href = links.pipeline(namespace, taken_over_by(name))
    return {"text": shown, "title": f"{namespace} / {whole}", "href": href}

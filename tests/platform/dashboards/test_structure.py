"""What every dashboard and panel has: a place on the grid, words, units, colours, and Grafana's own types."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import Dashboard
from tests.platform.dashboards import reading

from almenara_platform.dashboards import style
from almenara_platform.dashboards.board import FIRST_SCREEN, GRID_WIDTH

UNITS = {value for name, value in vars(units).items() if name[0].isupper() and isinstance(value, str)}
EACH = pytest.mark.parametrize("board", reading.boards(), ids=lambda board: board["uid"])

Board = dict[str, Any]


def cells(panel: Board) -> set[tuple[int, int]]:
    """The cells of the grid that a panel covers."""
    at = panel["gridPos"]
    return set(itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])))


def values_of(document: Any, key: str) -> list[Any]:
    """Every value that stands under a key, at any depth."""
    if isinstance(document, list):
        return [found for item in document for found in values_of(item, key)]
    if not isinstance(document, dict):
        return []
    below = [found for item in document.values() for found in values_of(item, key)]
    return [document[key], *below] if key in document else below


@EACH
def test_panels_fill_the_grid_without_overlapping(board: Board) -> None:
    """No two panels share a cell, none leaves the 24 columns, and no line has a hole at its side."""
    taken = [cell for panel in board["panels"] for cell in cells(panel)]
    assert len(taken) == len(set(taken))
    assert {x for x, _ in taken} == set(range(GRID_WIDTH))
    assert len(taken) == GRID_WIDTH * (max(y for _, y in taken) + 1)


@EACH
def test_the_first_screen_needs_no_scrolling(board: Board) -> None:
    """What stands above the first row heading fits on a screen, and begins with figures."""
    rows = [panel["gridPos"]["y"] for panel in board["panels"] if panel["type"] == "row"]
    assert min(rows) <= FIRST_SCREEN
    first = reading.panels(board)[0]
    assert first["type"] == "stat"
    assert first["gridPos"]["y"] == 0


@EACH
def test_every_panel_has_title_description_and_unit(board: Board) -> None:
    """Each panel says what it shows, and its axis in which unit; titles and ids come once."""
    panels = reading.panels(board)
    for panel in panels:
        assert panel["title"], panel
        assert panel["description"].endswith("."), panel["title"]
        unit = panel["fieldConfig"]["defaults"]["unit"]
        assert unit in UNITS | {style.TEXT} or re.fullmatch(r"suffix: ?\S.*", unit), panel["title"]
    assert len({panel["title"] for panel in panels}) == len(panels)
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


@EACH
def test_every_colour_is_of_the_palette(board: Board) -> None:
    """The same colour means the same everywhere, and each is one that colour-blind people tell apart."""
    named = values_of(board, "color") + values_of(board, "fixedColor") + values_of(board, "iconColor")
    assert {color for color in named if isinstance(color, str)} <= set(style.PALETTE)


@EACH
def test_the_sdk_reads_the_dashboard_without_loss(board: Board) -> None:
    """What Grafana's published types do not know would be lost on the way through them."""
    register_default_plugins()
    typed = json.loads(json.dumps(Dashboard.from_json(json.loads(json.dumps(board))), cls=JSONEncoder))
    # The SDK's type of an annotation lacks the fields that belong to its datasource.
    for document in (typed, board):
        document = document["annotations"]["list"]
        for annotation in document:
            for field in ("target", "useValueForTime", "titleFormat", "textFormat", "tagKeys", "step"):
                annotation.pop(field, None)
    assert typed == board


@EACH
def test_variables_take_several_values_and_all(board: Board) -> None:
    """Every visible variable but the choice of one run is multi-value with All."""
    for variable in board["templating"]["list"]:
        if variable.get("hide") or variable["name"] == "run_id":
            continue
        assert variable["multi"], variable["name"]
        assert variable["includeAll"], variable["name"]
        assert variable["current"]["value"] == "$__all", variable["name"]
        assert variable["label"], variable["name"]


@EACH
def test_annotations_tell_of_runs_deployments_and_alerts(board: Board) -> None:
    """Each dashboard draws runs, starts of services and alerts over its charts."""
    names = [annotation["name"] for annotation in board["annotations"]["list"]]
    assert names == ["Runs", "Deployments", "Alerts"]
    assert all(annotation["enable"] for annotation in board["annotations"]["list"])


@EACH
def test_the_menu_of_dashboards_keeps_time_and_variables(board: Board) -> None:
    """From each dashboard to each other with the time range and the variables as they are."""
    (menu,) = [link for link in board["links"] if link["type"] == "dashboards"]
    assert (menu["tags"], menu["keepTime"], menu["includeVars"]) == (["almenara"], True, True)
    assert "almenara" in board["tags"]


def test_the_mission_is_on_the_first_screen() -> None:
    """Throughput, error rate, P50, P95 and P99 of durations, and active jobs need no scrolling."""
    board = reading.board(reading.ROOT / "grafana/dashboards/almenara-pipelines.json")
    first = [panel for panel in reading.panels(board) if panel["gridPos"]["y"] < FIRST_SCREEN]
    asked = " ".join(target["expr"] for panel in first for target in panel["targets"])
    for name in ("events_processed_total", "errors_total", "active_jobs"):
        assert name in asked
    for share in (0.5, 0.95, 0.99):
        assert f"histogram_quantile({share}, " in asked

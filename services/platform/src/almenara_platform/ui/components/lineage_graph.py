"""The picture of datasets around one of them, in layers from source to target."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui
from nicegui.events import EChartPointClickEventArguments

from almenara_platform.ui.charts import Options
from almenara_platform.ui.states import Look

_LAYER_WIDTH, _ROW_HEIGHT = 260, 46
_LONGEST = 30
_FONT = "Roboto, sans-serif"


@dataclass(frozen=True, slots=True)
class Node:
    """A dataset in the picture; ``look`` is the state of the run that wrote it last."""

    key: int
    namespace: str
    name: str
    layer: int
    look: Look
    labels: Sequence[str]
    highlighted: bool


class LineageGraph:
    """Boxes and arrows; a click on a box calls ``on_open`` with its node."""

    def __init__(
        self, nodes: Sequence[Node], edges: Sequence[tuple[int, int]], on_open: Callable[[Node], None]
    ) -> None:
        self._nodes = nodes
        self._on_open = on_open
        rows = max(_rows(nodes).values(), default=1)
        chart = ui.echart(graph_options(nodes, edges), on_point_click=self._clicked, renderer="svg")
        chart.classes("al-chart").style(f"height: {min(640, 120 + rows * _ROW_HEIGHT)}px")
        chart.props["role"] = "img"
        chart.props["aria-label"] = f"Lineage of {len(nodes)} datasets; the table below has the same"

    def _clicked(self, event: EChartPointClickEventArguments) -> None:
        if event.data_type == "node" and 0 <= event.data_index < len(self._nodes):
            self._on_open(self._nodes[event.data_index])


def graph_options(nodes: Sequence[Node], edges: Sequence[tuple[int, int]]) -> Options:
    """A layer is a column; names are values, never keys or markup."""
    places = _places(nodes)
    highlighted = {node.key for node in nodes if node.highlighted}
    series = {
        "type": "graph",
        "layout": "none",
        "roam": True,
        "edgeSymbol": ["none", "arrow"],
        "edgeSymbolSize": 7,
        "symbol": "rect",
        "symbolSize": [190, 30],
        "cursor": "pointer",
        "emphasis": {"disabled": True},
        "left": 110,
        "right": 110,
        "top": 30,
        "bottom": 30,
        "data": [_node(node, places[node.key]) for node in nodes],
        "links": [_edge(edge, highlighted) for edge in sorted(edges)],
    }
    return {"animation": False, "textStyle": {"fontFamily": _FONT}, "series": [series]}


def _rows(nodes: Sequence[Node]) -> Mapping[int, int]:
    rows: dict[int, int] = defaultdict(int)
    for node in nodes:
        rows[node.layer] += 1
    return rows


def _places(nodes: Sequence[Node]) -> dict[int, tuple[float, float]]:
    rows, taken = _rows(nodes), dict.fromkeys({node.layer for node in nodes}, 0)
    places = {}
    for node in nodes:
        middle = taken[node.layer] - (rows[node.layer] - 1) / 2
        taken[node.layer] += 1
        places[node.key] = (node.layer * _LAYER_WIDTH, middle * _ROW_HEIGHT)
    return places


def _node(node: Node, place: tuple[float, float]) -> dict[str, Any]:
    short = node.name if len(node.name) <= _LONGEST else "…" + node.name[-_LONGEST + 1 :]
    mark = "◆ " if node.labels else ""
    border = {"borderColor": f"var(--{node.look.tone})", "borderWidth": 3 if node.highlighted else 1.5}
    return {
        "id": str(node.key),
        "name": f"{mark}{short}",
        # NiceGUI's clicks come only from points that have a value.
        "value": node.layer,
        "x": place[0],
        "y": place[1],
        "itemStyle": {"color": "var(--surface)", **border},
        "label": {"show": True, "color": "var(--text)", "fontSize": 12},
    }


def _edge(edge: tuple[int, int], highlighted: set[int]) -> dict[str, Any]:
    strong = edge[0] in highlighted and edge[1] in highlighted
    style = {
        "color": "var(--accent)" if strong else "var(--line-strong)",
        "width": 2.5 if strong else 1.2,
        "curveness": 0.08,
    }
    return {"source": str(edge[0]), "target": str(edge[1]), "lineStyle": style}

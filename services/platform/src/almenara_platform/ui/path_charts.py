"""Options of the charts over many traces. Names are values, never keys, as in ``charts``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from almenara_platform.traces.aggregate import Aggregate, Bin, PercentileView
from almenara_platform.traces.durations import format_ns
from almenara_platform.traces.operations import Operation
from almenara_platform.ui.duration_axis import duration_axis

Options = dict[str, Any]
MOST_OPERATIONS = 7
_FONT = "Roboto, sans-serif"
_QUIET = {"color": "var(--quiet)", "fontSize": 12, "fontFamily": _FONT}
_LINE = {"lineStyle": {"color": "var(--line)"}}
_TOOLTIP = {
    "trigger": "axis",
    "confine": True,
    "axisPointer": {"type": "shadow", "z": 0, "shadowStyle": {"color": "var(--raised)", "opacity": 0.5}},
    "backgroundColor": "var(--surface)",
    "borderColor": "var(--line)",
    "textStyle": {"color": "var(--text)", "fontSize": 13, "fontFamily": _FONT},
}


def latencies(histogram: Sequence[Bin]) -> Options:
    """How many samples took how long."""
    series = {
        "type": "bar",
        "name": "Samples",
        "data": [one.count for one in histogram],
        "barCategoryGap": "8%",
        "itemStyle": {"color": "var(--accent)", "borderRadius": [2, 2, 0, 0]},
        "emphasis": {"disabled": True},
    }
    return {
        "animation": False,
        "grid": {"left": 16, "right": 24, "top": 16, "bottom": 4, "containLabel": True},
        "tooltip": _TOOLTIP,
        "xAxis": {
            "type": "category",
            "data": [format_ns(one.from_ns) for one in histogram],
            "axisLabel": _QUIET | {"hideOverlap": True},
            "axisLine": _LINE,
            "axisTick": {"show": False},
        },
        "yAxis": {"type": "value", "minInterval": 1, "axisLabel": _QUIET, "splitLine": _LINE},
        "series": [series],
    }


def composition(found: Aggregate) -> Options:
    """For each percentile the operations on the path, one after the other, in seconds."""
    operations = [Operation(share.service, share.name) for share in found.operations[:MOST_OPERATIONS]]
    views = found.percentiles[::-1]
    series = [
        _stack(key.name, [_seconds(view, key) for view in views], i) for i, key in enumerate(operations)
    ]
    rest = [view.mean_ns / 1e9 - sum(_seconds(view, key) for key in operations) for view in views]
    if len(found.operations) > MOST_OPERATIONS:
        series.append(_stack("other operations", [max(0.0, seconds) for seconds in rest], MOST_OPERATIONS))
    axis = duration_axis(max((view.mean_ns / 1e9 for view in views), default=0.0))
    return {
        "animation": False,
        "grid": {"left": 16, "right": 24, "top": 12, "bottom": 34, "containLabel": True},
        "legend": {"bottom": 0, "type": "scroll", "textStyle": _QUIET, "itemWidth": 12, "itemHeight": 8},
        "tooltip": _TOOLTIP | {":formatter": "(points) => almenara.tooltip(points)"},
        "yAxis": {
            "type": "category",
            "data": [f"p{view.percentile}" for view in views],
            "axisLabel": _QUIET,
            "axisLine": _LINE,
            "axisTick": {"show": False},
        },
        "xAxis": {
            "type": "value",
            "max": axis.most,
            "interval": axis.interval,
            "axisLabel": _QUIET | {":formatter": axis.label, "hideOverlap": True},
            "splitLine": _LINE,
        },
        "series": series,
    }


def _stack(name: str, seconds: Sequence[float], place: int) -> Options:
    return {
        "type": "bar",
        "stack": "path",
        "name": name,
        "data": [round(one, 9) for one in seconds],
        "barMaxWidth": 30,
        "itemStyle": {"color": f"var(--s{place % 8})"},
        "emphasis": {"disabled": True},
    }


def _seconds(view: PercentileView, key: Operation) -> float:
    return sum(share.on_path_ns for share in view.operations if (share.service, share.name) == key) / 1e9

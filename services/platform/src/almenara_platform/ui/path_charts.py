"""Options of the charts over many traces. Names are values, never keys, as in ``charts``."""

from __future__ import annotations

from collections.abc import Sequence

from almenara_platform.traces.aggregate import Aggregate, Bin, PercentileView
from almenara_platform.traces.durations import format_ns
from almenara_platform.traces.operations import Operation
from almenara_platform.ui.chart_style import COUNTED, LEGEND, LINE, QUIET, TOOLTIP, Options
from almenara_platform.ui.duration_axis import duration_axis

MOST_OPERATIONS = 7


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
        "tooltip": TOOLTIP,
        "xAxis": {
            "type": "category",
            "data": [format_ns(one.from_ns) for one in histogram],
            "axisLabel": QUIET | {"hideOverlap": True, "margin": 14},
            "axisLine": LINE,
            "axisTick": {"show": False},
        },
        "yAxis": {"type": "value", "minInterval": 1, "axisLabel": QUIET, "splitLine": LINE},
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
        "legend": LEGEND,
        "tooltip": COUNTED,
        "yAxis": {
            "type": "category",
            "data": [f"p{view.percentile}" for view in views],
            "axisLabel": QUIET,
            "axisLine": LINE,
            "axisTick": {"show": False},
        },
        "xAxis": {
            "type": "value",
            "max": axis.most,
            "interval": axis.interval,
            "axisLabel": QUIET | {":formatter": axis.label, "hideOverlap": True},
            "splitLine": LINE,
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

"""The burn-down of an error budget as a chart."""

from __future__ import annotations

from collections.abc import Sequence

from almenara_platform.slo.budget import Point
from almenara_platform.ui.chart_style import BOX, LINE, QUIET, Options

FAR_OVERSPENT = -1000.0
"""Percent: from here on the labels of a whole budget and of none would stand on one another."""

_PERCENT = "(value) => `${value} %`"
_BOX = BOX | {":valueFormatter": "(value) => `${Number(value).toFixed(1)} %`"}


def burn_down(points: Sequence[Point]) -> Options:
    """The budget that was left in percent over time; an overspent one is in the tone of failure."""
    gone = bool(points) and points[-1].remaining < 0
    tone = "fail" if gone else "ok"
    data = [[point.at.timestamp() * 1000, round(100 * point.remaining, 3)] for point in points]
    line = {
        "type": "line",
        "name": "Budget left (%)",
        "data": data,
        "symbol": "none",
        "emphasis": {"disabled": True},
        "lineStyle": {"color": f"var(--{tone})", "width": 2},
        "areaStyle": {"color": f"var(--{tone})", "opacity": 0.12},
        "markLine": _zero_line(),
    }
    lowest = min((value for _, value in data), default=0.0)
    return {
        "animation": False,
        "grid": {"left": 16, "right": 24, "top": 16, "bottom": 4, "containLabel": True},
        "tooltip": _BOX,
        "xAxis": {
            "type": "time",
            "axisLabel": QUIET | {"hideOverlap": True},
            "axisLine": LINE,
            "splitLine": {"show": False},
        },
        "yAxis": {
            "type": "value",
            "max": 100,
            "min": 0 if lowest >= 0 else None,
            "splitNumber": 4,
            "axisLabel": QUIET | {":formatter": _PERCENT, "showMaxLabel": lowest > FAR_OVERSPENT},
            "splitLine": LINE,
        },
        "series": [line],
    }


def _zero_line() -> Options:
    return {
        "silent": True,
        "symbol": "none",
        "label": {"show": False},
        "lineStyle": {"color": "var(--quiet)", "type": "dashed", "width": 1},
        "data": [{"yAxis": 0}],
    }

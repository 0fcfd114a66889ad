"""Options of the charts over a pipeline's runs.

Names are values, never keys, because the browser side evaluates keys that begin with a colon.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from almenara_platform.runs.model import Run
from almenara_platform.ui import format as fmt
from almenara_platform.ui.chart_style import COUNTED, FONT, LEGEND, LINE, QUIET, Options
from almenara_platform.ui.duration_axis import duration_axis
from almenara_platform.ui.states import of_run
from almenara_platform.ui.summary import elapsed
from almenara_platform.ui.summary import scores as scores_of

# To emphasise, charts compute with colours, which they cannot do with variables.
_PLAIN = {"disabled": True}
_MOST_STAGES = 7
_MOST_SYMBOLS = 40
_OTHER = "other stages"


def durations(runs: Sequence[Run], now: datetime) -> Options:
    """A bar for each run (given newest first), oldest at the left."""
    data = [_bar(run, now) for run in runs[::-1]]
    series = {
        "type": "bar",
        "name": "Duration",
        "data": data,
        "barMaxWidth": 18,
        "barMinHeight": 3,
        "emphasis": _PLAIN,
        "cursor": "pointer",
    }
    return _in_durations(runs, [series], [bar["value"] for bar in data])


def _bar(run: Run, now: datetime) -> dict[str, Any]:
    look = of_run(run.state)
    return {
        "value": round(elapsed(run, now) or 0.0, 3),
        "name": look.label,
        "itemStyle": {"color": f"var(--{look.tone})", "borderRadius": [2, 2, 0, 0]},
    }


def stages(runs: Sequence[Run]) -> Options:
    """Stacked seconds in each stage; beyond the seven longest, stages are summed up."""
    names = _longest_stages(runs)
    series = [_stage_series(name, place, runs, names) for place, name in enumerate(names)]
    if any(stage.name not in names for run in runs for stage in run.stages):
        series.append(_stage_series(_OTHER, 7, runs, names))
    return _in_durations(
        runs, series, [sum(seconds) for seconds in zip(*(one["data"] for one in series), strict=True)]
    )


def _longest_stages(runs: Sequence[Run]) -> list[str]:
    """Names of the stages that took most time, in the order in which they run."""
    total: dict[str, float] = {}
    for run in runs:
        for stage in run.stages:
            total[stage.name] = total.get(stage.name, 0.0) + (stage.duration_seconds or 0.0)
    longest = sorted(total, key=lambda name: -total[name])[:_MOST_STAGES]
    return [name for name in total if name in longest]


def _stage_series(name: str, place: int, runs: Sequence[Run], names: Sequence[str]) -> dict[str, Any]:
    return {
        "type": "bar",
        "stack": "stages",
        "emphasis": _PLAIN,
        "name": name,
        "data": [_stage_seconds(run, name, names) for run in runs[::-1]],
        "barMaxWidth": 18,
        "cursor": "pointer",
        "itemStyle": {"color": f"var(--s{place % 8})"},
    }


def _stage_seconds(run: Run, name: str, names: Sequence[str]) -> float:
    matching = (s for s in run.stages if (s.name not in names if name == _OTHER else s.name == name))
    return round(sum(stage.duration_seconds or 0.0 for stage in matching), 3)


def scores(runs: Sequence[Run]) -> Options:
    """A line for each table, 0 to 100."""
    by_run = [scores_of(run.quality) for run in runs[::-1]]
    tables = list(dict.fromkeys(table for scores in by_run for table in scores))[:8]
    series = [_score_series(table, place, by_run) for place, table in enumerate(tables)]
    least = _floor(by_run)
    return _options(runs, series, "(value) => String(value)", least=least, most=100, step=(100 - least) / 5)


def _floor(by_run: Sequence[dict[str, float]]) -> float:
    """Where the axis begins: below the lowest score, in steps of ten."""
    lowest = min((value for scores in by_run for value in scores.values()), default=0.0)
    return max(0.0, 10 * ((lowest - 2) // 10))


def _score_series(table: str, place: int, by_run: Sequence[dict[str, float]]) -> dict[str, Any]:
    return {
        "type": "line",
        "emphasis": _PLAIN,
        "name": table,
        "data": [scores.get(table) for scores in by_run],
        "connectNulls": True,
        "symbol": ("circle", "rect", "triangle", "diamond")[place % 4],
        "symbolSize": 6,
        "showSymbol": len(by_run) <= _MOST_SYMBOLS,
        "itemStyle": {"color": f"var(--s{place % 8})"},
        "lineStyle": {"color": f"var(--s{place % 8})", "width": 2},
    }


def _in_durations(runs: Sequence[Run], series: list[Options], seconds: Sequence[float]) -> Options:
    axis = duration_axis(max(seconds, default=0.0))
    return _options(runs, series, axis.label, most=axis.most, step=axis.interval)


def _options(runs: Sequence[Run], series: list[Options], axis_label: str, **bounds: float) -> Options:
    return {
        "animation": False,
        "textStyle": {"fontFamily": FONT},
        "grid": {
            "left": 16,
            "right": 44,
            "top": 16,
            "bottom": 4 + 30 * (len(series) > 1),
            "containLabel": True,
        },
        "legend": LEGEND | {"show": len(series) > 1},
        "tooltip": COUNTED,
        "xAxis": {
            "type": "category",
            "data": [fmt.short(run.listed_at) for run in runs[::-1]],
            "axisLabel": QUIET | {"hideOverlap": True, "margin": 10},
            "axisLine": LINE,
            "axisTick": {"show": False},
        },
        "yAxis": {
            "type": "value",
            "min": bounds.get("least", 0),
            "max": bounds.get("most"),
            "interval": bounds.get("step"),
            "splitNumber": 4,
            "axisLabel": QUIET | {":formatter": axis_label},
            "splitLine": LINE,
        },
        "series": series,
    }

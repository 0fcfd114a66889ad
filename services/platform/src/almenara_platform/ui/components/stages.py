"""The stages of a run over time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nicegui import ui

from almenara_platform.runs.model import Run, Stage
from almenara_platform.ui import format as fmt
from almenara_platform.ui.states import of_run
from almenara_platform.ui.summary import StageBar, stage_bars

_TICKS = 4
_ERROR_CHARACTERS = 400


class StageWaterfall(ui.element, component="stage_waterfall.js"):
    """Bars that grow in place while the run goes on."""

    def __init__(self) -> None:
        super().__init__()
        self._props["rows"] = []
        self._props["ticks"] = []

    def show(self, run: Run, now: datetime) -> None:
        """Draw the stages as they are ``now``."""
        bars = stage_bars(run, now)
        rows = [_row(i, bar) for i, bar in enumerate(bars)]
        if rows != self._props["rows"]:
            self._props["rows"] = rows
            self._props["ticks"] = ticks(shown_seconds(bars))
            self.update()


def shown_seconds(bars: list[StageBar]) -> float:
    """The length of the time axis, in seconds; 0 when no bar has a length."""
    return next((bar.seconds / bar.width for bar in bars if bar.width and bar.seconds), 0.0)


def ticks(seconds: float, parts: int = _TICKS) -> list[str]:
    """The labels of a time axis of that length, from its start to its end."""
    return [fmt.duration(seconds * i / parts) for i in range(parts + 1)] if seconds else []


def _row(place: int, bar: StageBar) -> dict[str, Any]:
    stage = bar.stage
    look = of_run(stage.state)
    return {
        "key": f"{place} {stage.name}",
        "name": stage.name,
        "look": look.cell(),
        "going": not stage.state.final,
        "left": round(100 * bar.offset, 3),
        "width": round(100 * bar.width, 3),
        "title": f"{stage.name} · {look.label} · started {fmt.absolute(stage.started_at)}",
        "duration": fmt.duration(bar.seconds),
        "records": fmt.count(stage.records),
        "rate": rate(stage, bar.seconds),
        "error": fmt.error_line(stage.error)[:_ERROR_CHARACTERS] if stage.error else "",
    }


def rate(stage: Stage, seconds: float | None) -> str:
    """Records per second, where both are known."""
    if not seconds or not stage.records:
        return fmt.UNKNOWN
    return fmt.compact(stage.records / seconds)

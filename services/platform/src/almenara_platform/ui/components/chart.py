"""Charts over runs."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui
from nicegui.events import EChartPointClickEventArguments

from almenara_platform.runs.model import Run
from almenara_platform.ui import links
from almenara_platform.ui.chart_style import Options
from almenara_platform.ui.components.messages import message


class RunChart:
    """A chart with one place on its axis for each run; a click leads to the run."""

    def __init__(self, description: str) -> None:
        self._runs: Sequence[Run] = ()
        # Colours are variables of the style sheet, which only SVG understands.
        self._chart = ui.echart({"series": []}, on_point_click=self._open, renderer="svg").classes("al-chart")
        self._chart.props["role"] = "img"
        self._chart.props["aria-label"] = description
        self._empty = message("bar_chart", "Nothing to draw", "The runs shown reported nothing of this kind.")

    def show(self, options: Options, runs: Sequence[Run]) -> None:
        """Draw; nothing is sent when it is the same as before."""
        self._runs = runs
        has_data = any(value is not None for series in options["series"] for value in series["data"])
        self._chart.set_visibility(has_data)
        self._empty.set_visibility(not has_data)
        if options != self._chart.props["options"]:
            self._chart.props["options"] = options
            self._chart.update()

    def _open(self, event: EChartPointClickEventArguments) -> None:
        if 0 <= event.data_index < len(self._runs):
            ui.navigate.to(links.run(self._runs[::-1][event.data_index].run_id))

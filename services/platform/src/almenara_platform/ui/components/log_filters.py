"""The fields of the log search."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import background_tasks, ui

from almenara_platform.ui import periods
from almenara_platform.ui.components.fields import choice, level_select, text_field
from almenara_platform.ui.log_search import LogSearch

_IDS = {
    "run_id": "Run",
    "trace_id": "Trace",
    "span_id": "Span",
    "service": "Service",
    "since": "Since",
    "until": "Until",
}


class LogFilters:
    """Fields that search at once when they change; what only came by address is shown as chips to remove."""

    def __init__(
        self, search: LogSearch, on_change: Callable[[], Awaitable[None]], on_follow: Callable[[bool], None]
    ) -> None:
        self._on_change = on_change
        self._extra = {name: getattr(search, name) for name in _IDS if getattr(search, name)}
        with ui.element("div").classes("al-row"):
            self._text = text_field("Words in the message", on_change, search.q, wide=True).classes(
                "al-page-search"
            )
            self._where = text_field("Condition: error_count>3", on_change, search.where, wide=True)
            self._pipeline = text_field("Pipeline", on_change, search.pipeline)
            self._level = level_select(on_change, search.level.upper())
            self._period = choice("Time", periods.CHOICES, on_change, search.period)
            self._switch = ui.switch("Follow", on_change=lambda event: on_follow(event.value)).props("dense")
        self._chips = ui.element("div").classes("al-row")
        self._show_chips()

    @property
    def is_following(self) -> bool:
        """Whether new lines are to be shown as they come."""
        return bool(self._switch.value)

    def search(self) -> LogSearch:
        """What the fields say now."""
        return LogSearch(
            q=_value(self._text),
            where=_value(self._where),
            pipeline=_value(self._pipeline),
            level=self._level.value,
            period=self._period.value,
            **self._extra,
        )

    def add_condition(self, condition: str) -> None:
        """Add a condition to the others; the change of the field searches."""
        self._where.set_value(self.search().with_condition(condition).where)

    def _show_chips(self) -> None:
        self._chips.clear()
        self._chips.set_visibility(bool(self._extra))
        with self._chips:
            for name, value in self._extra.items():
                self._chip(name, value)

    def _chip(self, name: str, value: str) -> None:
        chip = (
            ui.chip(f"{_IDS[name]}: {value}", removable=True, color=None)
            .props("outline square")
            .classes("al-chip")
        )
        chip.on("remove", lambda: self._without(name))

    def _without(self, name: str) -> None:
        self._extra.pop(name, None)
        self._show_chips()
        background_tasks.create(self._on_change(), name="search logs anew", context=self._chips)


def _value(field: ui.input) -> str:
    return (field.value or "").strip()

"""Fields of filter bars."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nicegui import ui

from almenara_platform.ui.states import CHOOSABLE_LEVELS

_PROPS = "outlined dense options-dense"


def text_field(
    label: str,
    on_change: Callable[..., object],
    value: str = "",
    wide: bool = False,
    prefix: str | None = None,
) -> ui.input:
    """A text field that acts when typing pauses; ``prefix`` stands before what is typed."""
    field = ui.input(placeholder=label, value=value, on_change=on_change, prefix=prefix)
    field.props(f"{_PROPS} clearable debounce=350 maxlength=500").classes("al-field-box")
    field.props["aria-label"] = label
    if wide:
        field.classes("wide")
    return field


def value_of(field: ui.input) -> str:
    """What a text field says, without white space around it."""
    return (field.value or "").strip()


def choice(
    label: str,
    options: Mapping[str, str],
    on_change: Callable[..., object],
    value: str = "",
    searchable: bool = False,
) -> ui.select:
    """A drop-down of values with their labels; a value that is not among them becomes the first."""
    chosen = value if value in options else next(iter(options))
    field = ui.select(dict(options), value=chosen, on_change=on_change, with_input=searchable)
    field.props(_PROPS).classes("al-field-box")
    field.props["aria-label"] = label
    return field


def level_select(on_change: Callable[..., object], value: str = "") -> ui.select:
    """The lowest log level to show."""
    options = {"": "All levels"} | {level: f"{level.capitalize()} and up" for level in CHOOSABLE_LEVELS}
    return choice("Lowest level", options, on_change, value)

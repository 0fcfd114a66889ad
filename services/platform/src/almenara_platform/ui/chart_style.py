"""What all charts look like alike: texts, lines and the box beside the pointer.

Colours are variables of the style sheet, so that they follow the theme.
"""

from __future__ import annotations

from typing import Any

Options = dict[str, Any]

# Charts measure their texts before the page styles them.
FONT = "Roboto, sans-serif"
QUIET: Options = {"color": "var(--quiet)", "fontSize": 12, "fontFamily": FONT}
# Without a height of its own a line is cut off at the top.
LEGEND: Options = {
    "bottom": 0,
    "type": "scroll",
    "textStyle": QUIET | {"lineHeight": 16},
    "itemWidth": 12,
    "itemHeight": 8,
}
LINE: Options = {"lineStyle": {"color": "var(--line)"}}
BOX: Options = {
    "trigger": "axis",
    "confine": True,
    "backgroundColor": "var(--surface)",
    "borderColor": "var(--line)",
    "textStyle": {"color": "var(--text)", "fontSize": 13, "fontFamily": FONT},
}
TOOLTIP: Options = BOX | {
    "axisPointer": {"type": "shadow", "z": 0, "shadowStyle": {"color": "var(--raised)", "opacity": 0.5}},
}
COUNTED: Options = TOOLTIP | {":formatter": "(points) => almenara.tooltip(points)"}
"""A tooltip of durations and scores, which the page writes itself."""

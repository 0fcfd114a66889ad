"""Objectives on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from almenara_platform.cli.console import plain
from almenara_platform.cli.formats import DASH
from almenara_platform.slo.duration import humanize_duration

BAR_WIDTH = 10
WARN_BELOW = 0.25
BURN_COLUMNS = ("1h", "6h", "1d", "3d")


def status_table(slos: Sequence[Mapping[str, Any]]) -> Table:
    """A row for each objective."""
    table = Table("objective", "SLI", "promised", "budget left", *BURN_COLUMNS, "gone in", "remark")
    table.caption = "1h to 3d: how many times faster than sustainable the budget burnt"
    for slo in slos:
        table.add_row(*_row(slo))
    return table


def _row(slo: Mapping[str, Any]) -> list[Text | str]:
    rates = [_rate(slo["burn_rates"].get(window)) for window in BURN_COLUMNS]
    return [
        plain(slo["id"], "" if slo["enabled"] else "dim"),
        _percent(slo["sli"]),
        f"{slo['objective']:g} %",
        budget_bar(slo["budget_remaining"]),
        *rates,
        _exhausted(slo),
        plain(slo["note"] or slo.get("basis", "") if slo["enabled"] else "not enabled", "dim"),
    ]


def budget_bar(share: float | None) -> Text:
    """A bar and a percentage; red when the budget is gone, yellow when little is left."""
    if share is None:
        return Text(DASH)
    full = round(max(0.0, min(1.0, share)) * BAR_WIDTH)
    style = "red" if share <= 0 else "yellow" if share < WARN_BELOW else "green"
    return Text(f"{'█' * full}{'░' * (BAR_WIDTH - full)} {100 * share:.0f} %", style=style)


def _percent(share: float | None) -> str:
    return DASH if share is None else f"{100 * share:.3f} %"


def _rate(rate: float | None) -> Text:
    if rate is None:
        return Text(DASH)
    return Text(f"{rate:.1f}x", style="red" if rate > 1 else "")


def _exhausted(slo: Mapping[str, Any]) -> str:
    seconds = slo["exhausted_in_seconds"]
    if seconds is None:
        return DASH
    return humanize_duration(seconds) if seconds > 0 else "gone"

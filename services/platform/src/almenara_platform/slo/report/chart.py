"""A burn-down chart as SVG and for Mermaid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape

from almenara_platform.slo.budget import Point

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 720, 220, 64, 12, 28
MERMAID_POINTS = 30
MIN_LABEL_DISTANCE = 14


def burn_down_svg(title: str, points: Sequence[Point], since: datetime, until: datetime) -> str:
    """The budget that was left (percent) over time, with its zero line; ``title`` is for screen readers."""
    low = min(0.0, *(point.remaining for point in points))
    span = max(1.0, (until - since).total_seconds())

    def x(at: datetime) -> float:
        return LEFT + (WIDTH - LEFT - 8) * (at - since).total_seconds() / span

    def y(share: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - share) / (1 - low)

    line = " ".join(f"{x(point.at):.1f},{y(point.remaining):.1f}" for point in points)
    gone = "gone" if points[-1].remaining < 0 else "left"
    # The line of an untouched budget and that of an empty one would be one where it is far overspent.
    shares = sorted({1.0, 0.0, low}, reverse=True)
    shares = shares[1:] if len(shares) > 2 and y(0.0) - y(1.0) < MIN_LABEL_DISTANCE else shares
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" class="burn-down"><title>{escape(title)}</title>'
        + "".join(_grid_line(y(share), f"{share:.0%}") for share in shares)
        + _date(LEFT, since, "start")
        + _date(WIDTH - 8, until, "end")
        + f'<polyline class="{gone}" points="{line}"/></svg>'
    )


def _grid_line(y: float, label: str) -> str:
    return (
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - 8}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'
    )


def _date(x: float, at: datetime, anchor: str) -> str:
    return f'<text x="{x}" y="{HEIGHT - 8}" text-anchor="{anchor}">{at:%Y-%m-%d}</text>'


def burn_down_mermaid(title: str, points: Sequence[Point], since: datetime, until: datetime) -> str:
    """The same as a Mermaid xychart, which GitHub and GitLab draw inside Markdown."""
    begin = points[0].at
    step = (until - begin) / MERMAID_POINTS
    values = [100 * _at(points, begin + index * step) for index in range(MERMAID_POINTS + 1)]
    numbers = ", ".join(f"{value:.1f}" for value in values)
    first, last = ((at - since) / timedelta(days=1) for at in (begin, until))
    return "\n".join(
        (
            "```mermaid",
            "xychart-beta",
            f'  title "{title.replace(chr(34), chr(39))}"',
            f'  x-axis "day" {first:.1f} --> {last:.1f}',
            f'  y-axis "budget left (%)" {min(0.0, *values):.0f} --> 100',
            f"  line [{numbers}]",
            "```",
        )
    )


def _at(points: Sequence[Point], moment: datetime) -> float:
    """The budget left at a moment, between two points on the line through them."""
    before, after = points[0], points[-1]
    for point in points:
        if point.at <= moment:
            before = point
        else:
            after = point
            break
    length = (after.at - before.at).total_seconds()
    share = min(1.0, (moment - before.at).total_seconds() / length) if length > 0 else 0.0
    return before.remaining + (after.remaining - before.remaining) * share

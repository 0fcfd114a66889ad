"""A dashboard from its parts: lines of panels on a grid of 24 columns, the first screen above the rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard

from almenara_platform.dashboards import identity
from almenara_platform.dashboards.links import TAG, Link, others
from almenara_platform.dashboards.panels import Panel

GRID_WIDTH = 24
FIRST_SCREEN = 21
"""Grid lines that a screen of 1080 pixels shows without scrolling."""


@dataclass(frozen=True, slots=True)
class Line:
    """Panels beside one another, each with its width; together they fill the grid."""

    height: int
    panels: Sequence[tuple[int, Panel]]


@dataclass(frozen=True, slots=True)
class Section:
    """A titled row and the lines below it."""

    title: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard. ``question`` is what its first screen answers without scrolling."""

    uid: str
    title: str
    question: str
    first: Sequence[Line]
    sections: Sequence[Section] = ()
    variables: Sequence[Builder[dashboard.VariableModel]] = ()
    annotations: Sequence[build.AnnotationQuery] = ()
    links: Sequence[Link] = ()
    since: str = "now-6h"

    def build(self) -> dashboard.Dashboard:
        """The dashboard as Grafana's own types."""
        board = build.Dashboard(self.title).uid(self.uid).version(identity.VERSION).description(self.question)
        board.tags([TAG]).readonly().timezone("browser").refresh("30s").time(self.since, "now")
        board.tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
        board.variables([*self.variables]).annotations([*self.annotations]).links([others(), *self.links])
        found = board.build()
        found.panels = [*self._placed()]
        return found

    def json(self) -> str:
        """The dashboard as the file that Grafana reads: the same bytes for the same dashboard."""
        text = json.dumps(self.build(), cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False)
        return text + "\n"

    def _placed(self) -> Iterator[dashboard.Panel | dashboard.RowPanel]:
        top, number = 0, 0
        for title, lines in [("", self.first), *((part.title, part.lines) for part in self.sections)]:
            if title:
                number += 1
                yield build.Row(title).id(number).grid_pos(_at(0, top, GRID_WIDTH, 1)).build()
                top += 1
            for line in lines:
                for left, (width, panel) in zip(_offsets(line), line.panels, strict=True):
                    number += 1
                    found = panel.build()
                    found.id_val, found.grid_pos = number, _at(left, top, width, line.height)
                    yield found
                top += line.height


def _offsets(line: Line) -> list[int]:
    return [sum(width for width, _ in line.panels[:index]) for index in range(len(line.panels))]


def _at(left: int, top: int, width: int, height: int) -> dashboard.GridPos:
    return dashboard.GridPos(x=left, y=top, w=width, h=height)

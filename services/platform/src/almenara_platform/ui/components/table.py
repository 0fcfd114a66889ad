"""Tables of plain data. A cell is a text or a mapping that ``data_table.js`` knows how to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from nicegui import ui

from almenara_platform.runs.model import Run
from almenara_platform.ui import format as fmt
from almenara_platform.ui import links
from almenara_platform.ui.states import Look, of_run
from almenara_platform.ui.summary import elapsed, history

Cell = str | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column; ``align`` is a list of the classes ``end`` (numbers), ``tight`` and ``top``."""

    name: str
    label: str
    align: str = ""
    sortable: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row; its ``key`` stays the same while its cells change."""

    key: str
    cells: Mapping[str, Cell]


class DataTable(ui.element, component="data_table.js"):
    """A table that changes in place: only rows that differ are drawn anew."""

    def __init__(self, caption: str, columns: Sequence[Column]) -> None:
        super().__init__()
        self._props["caption"] = caption
        self._props["columns"] = [asdict(column) for column in columns]
        self._props["rows"] = []

    def show(self, rows: Sequence[Row]) -> None:
        """Replace the rows; nothing is sent when they are the same."""
        plain = [{"key": row.key, "cells": dict(row.cells)} for row in rows]
        if plain != self._props["rows"]:
            self._props["rows"] = plain
            self.update()


def state(look: Look, sub: str = "", title: str = "", href: str | None = None) -> Cell:
    """A state as icon and word."""
    return {"look": look.cell(), "text": look.label, "sub": sub, "title": title, "href": href}


def when(then: datetime | None, now: datetime, href: str | None = None) -> Cell:
    """How long ago something was, with the time itself on hover."""
    order = then.timestamp() if then else None
    return {"text": fmt.ago(then, now), "title": fmt.absolute(then), "sort": order, "href": href}


def number(value: float | None, text: str) -> dict[str, Any]:
    """A figure that sorts by its value."""
    return {"text": text, "sort": value}


def last_run(run: Run | None, now: datetime) -> Cell:
    """The state of a pipeline's last run and when it was."""
    if run is None:
        return fmt.UNKNOWN
    then = run.ended_at or run.started_at or run.queued_at
    shown = state(of_run(run.state), fmt.ago(then, now), fmt.absolute(then), links.run(run.run_id))
    return {**shown, "sort": then.timestamp() if then else None}


def bars(runs: Sequence[Run], now: datetime) -> Cell:
    """Recent runs (given newest first) as bars, oldest first: the height is the duration."""
    return {"bars": [_bar(bar.run, bar.height, now) for bar in history(runs, now)], "title": _in_words(runs)}


def _bar(run: Run, height: float, now: datetime) -> dict[str, Any]:
    look = of_run(run.state)
    began = fmt.absolute(run.started_at or run.queued_at)
    return {
        "href": links.run(run.run_id),
        "tone": look.tone,
        "height": round(100 * height),
        "title": f"{look.label} · {fmt.duration(elapsed(run, now))} · {began}",
    }


def _in_words(runs: Sequence[Run]) -> str:
    labels = [of_run(run.state).label.lower() for run in runs]
    counts = ", ".join(f"{labels.count(label)} {label}" for label in dict.fromkeys(labels))
    return f"Last {fmt.counted(len(labels), 'run')}: {counts}" if labels else "No runs"

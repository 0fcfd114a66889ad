"""Runs as rows of tables."""

from __future__ import annotations

from datetime import datetime

from almenara_platform.runs.identity import short_id
from almenara_platform.runs.model import Run
from almenara_platform.ui import format as fmt
from almenara_platform.ui import links
from almenara_platform.ui.components.table import Cell, Row, number, state, when
from almenara_platform.ui.states import of_run
from almenara_platform.ui.summary import elapsed, score

_ERROR_CHARACTERS = 120


def run_row(run: Run, now: datetime) -> Row:
    """One run, with cells for all columns of ``table_columns.RUNS``."""
    seconds = elapsed(run, now)
    cells: dict[str, Cell] = {
        "run": run_link(run.run_id),
        "pipeline": {
            "text": run.pipeline,
            "sub": run.namespace,
            "href": links.pipeline(run.namespace, run.pipeline),
        },
        "state": state(of_run(run.state)),
        "started": when(run.listed_at, now),
        "duration": number(seconds, fmt.duration(seconds)),
        "records": number(run.records, fmt.count(run.records)),
        "quality": number(score(run), fmt.score(score(run))),
        "error": _error(run),
    }
    return Row(run.run_id, cells)


def run_link(run_id: str) -> Cell:
    """A run by its short id, leading to its page."""
    return {"text": short_id(run_id), "title": run_id, "href": links.run(run_id), "mono": True}


def _error(run: Run) -> Cell:
    if run.error is None:
        return {"text": "", "title": ""}
    return {"text": fmt.cut(fmt.error_line(run.error), _ERROR_CHARACTERS), "title": run.error.message[:500]}

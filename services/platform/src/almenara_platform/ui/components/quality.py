"""The quality of a run's tables: one line each, which opens to its checks."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui

from almenara_platform.runs.model import QualityResult
from almenara_platform.ui import format as fmt
from almenara_platform.ui.components.figures import state_text
from almenara_platform.ui.components.messages import message
from almenara_platform.ui.components.table import Cell, Column, DataTable, Row, number, state
from almenara_platform.ui.components.text import text
from almenara_platform.ui.states import of_check
from almenara_platform.ui.summary import TableQuality, by_table

NAMES = {
    "score": "Overall score",
    "row_count": "Rows",
    "null_percentage": "Nulls",
    "duplicate_count": "Duplicates",
    "duplicate_percentage": "Duplicate share",
}

CHECKS = (
    Column("check", "Check", sortable=True),
    Column("column", "Column", sortable=True),
    Column("value", "Value", "end", sortable=True),
    Column("passed", "Outcome", "tight", sortable=True),
)


class QualityList:
    """The tables that a run measured; built anew only when there are other results."""

    def __init__(self) -> None:
        self._box = ui.element("div").classes("al-panel-body")
        self._shown: Sequence[QualityResult] | None = None

    def show(self, results: Sequence[QualityResult]) -> None:
        """Show these results; tables that broke a threshold are open."""
        if results == self._shown:
            return
        self._shown = results
        self._box.clear()
        with self._box:
            for table in by_table(results):
                _table(table)
            if not results:
                message("rule", "No quality results", "Nothing was measured in this run.")


def _table(table: TableQuality) -> None:
    with ui.element("details").classes("al-set") as details:
        with ui.element("summary"):
            text(table.name or "(unnamed)").classes("al-set-name")
            state_text(of_check(table.passed))
            text(in_numbers(table), "div").classes("al-sub")
        checks = DataTable(f"Quality checks of {table.name}", CHECKS)
        checks.show(quality_rows(table.results))
    if table.passed is False:
        details.props("open")


def in_numbers(table: TableQuality) -> str:
    """The figures of a table in one line."""
    with_nulls = sum(1 for r in table.results if r.check == "null_percentage" and r.value)
    rows, duplicates = table.value("row_count"), table.value("duplicate_count")
    parts = (
        f"score {fmt.score(table.value('score'))}" if table.value("score") is not None else "",
        (fmt.counted(rows, "row") if rows else "no rows") if rows is not None else "",
        fmt.counted(duplicates, "duplicate") if duplicates else "",
        f"nulls in {fmt.counted(with_nulls, 'column')}" if with_nulls else "",
    )
    return " · ".join(filter(None, parts)) or fmt.counted(len(table.results), "check")


def quality_rows(results: Sequence[QualityResult]) -> list[Row]:
    """Failed checks first, then those of the whole table, then columns."""
    return [Row(str(i), _cells(result)) for i, result in enumerate(sorted(results, key=_order))]


def _order(result: QualityResult) -> tuple[bool, bool, str, str]:
    return (
        result.passed is not False,
        result.column is not None,
        result.check,
        result.column or "",
    )


def _cells(result: QualityResult) -> dict[str, Cell]:
    return {
        "check": NAMES.get(result.check, result.check.replace("_", " ").capitalize()),
        "column": {"text": result.column or "–", "mono": bool(result.column)},
        "value": number(result.value, fmt.measured(result.check, result.value)),
        "passed": state(of_check(result.passed)),
    }

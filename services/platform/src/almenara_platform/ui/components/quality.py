"""The quality of a run's tables."""

from __future__ import annotations

from collections.abc import Sequence

from almenara_platform.runs.model import QualityResult
from almenara_platform.ui import format as fmt
from almenara_platform.ui.components.table import Cell, Column, DataTable, Row, number, state
from almenara_platform.ui.states import of_check

NAMES = {
    "score": "Overall score",
    "row_count": "Rows",
    "null_percentage": "Nulls",
    "duplicate_count": "Duplicates",
    "duplicate_percentage": "Duplicate share",
}

_COLUMNS = (
    Column("table", "Table", sortable=True),
    Column("check", "Check", sortable=True),
    Column("column", "Column", sortable=True),
    Column("value", "Value", "end", sortable=True),
    Column("passed", "Outcome", "tight", sortable=True),
)


def quality_table() -> DataTable:
    """An empty table of quality results; fill it with ``quality_rows``."""
    return DataTable("Quality checks", _COLUMNS)


def quality_rows(results: Sequence[QualityResult]) -> list[Row]:
    """Failed checks first, then overall figures, then columns."""
    ordered = sorted(results, key=_order)
    return [Row(f"{i}", _cells(result)) for i, result in enumerate(ordered)]


def _order(result: QualityResult) -> tuple[bool, str, bool, str, str]:
    return (
        result.passed is not False,
        result.table,
        result.column is not None,
        result.check,
        result.column or "",
    )


def _cells(result: QualityResult) -> dict[str, Cell]:
    return {
        "table": result.table,
        "check": NAMES.get(result.check, result.check.replace("_", " ").capitalize()),
        "column": {"text": result.column or "–", "mono": bool(result.column)},
        "value": number(result.value, fmt.measured(result.check, result.value)),
        "passed": state(of_check(result.passed)),
    }

"""The quality of a run's tables in words."""

from __future__ import annotations

import pytest

from almenara_platform.runs.model import QualityResult
from almenara_platform.ui.components.quality import in_numbers
from almenara_platform.ui.summary import by_table


@pytest.mark.parametrize(
    ("rows", "told"),
    [(1, "score 98.0 · 1 row · nulls in 1 column"), (2_000, "score 98.0 · 2,000 rows · nulls in 1 column")],
)
def test_a_table_is_told_in_one_line(rows: int, told: str) -> None:
    """Its score, its rows and how many columns have nulls."""
    results = [
        QualityResult("sales", "row_count", None, rows),
        QualityResult("sales", "null_percentage", "age", 4.0),
        QualityResult("sales", "null_percentage", "id", 0.0),
        QualityResult("sales", "score", None, 98.0),
    ]
    assert in_numbers(by_table(results)[0]) == told


def test_a_table_without_rows_says_so() -> None:
    """It has neither a score nor shares of nulls."""
    results = [
        QualityResult("sales", "row_count", None, 0.0),
        QualityResult("sales", "null_percentage", "age", None),
        QualityResult("sales", "score", None, None),
    ]
    assert in_numbers(by_table(results)[0]) == "no rows"

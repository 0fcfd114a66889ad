"""Refusing a changed schema and setting rows aside."""

from __future__ import annotations

import duckdb
import pytest

from worker_etl.exceptions import SchemaDriftError
from worker_etl.ventas_etl.source import TRANSACTION_COLUMNS
from worker_etl.ventas_etl.validate import Validation, validate

GOOD = "1, 2, 3, 4, 1, 9.99, 0.0, 0.0, 0.0, 1, TIMESTAMP '2017-03-01 10:00:00'"
NO_PRODUCT = "1, 2, 3, NULL, 1, 9.99, 0.0, 0.0, 0.0, 1, TIMESTAMP '2017-03-01 10:00:00'"
NEGATIVE = "1, 2, 3, 4, -1, 9.99, 0.0, 0.0, 0.0, 1, TIMESTAMP '2017-03-01 10:00:00'"


def _sales(results: duckdb.DuckDBPyConnection, *rows: str) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in TRANSACTION_COLUMNS.items())
    results.execute(f"CREATE TEMP TABLE sales ({columns})")
    for row in rows:
        results.execute(f"INSERT INTO sales VALUES ({row})")


def test_sets_aside_what_cannot_be_counted(results: duckdb.DuckDBPyConnection) -> None:
    """Rows without a key, with a negative quantity and repeated rows do not reach the results."""
    _sales(results, GOOD, GOOD, NO_PRODUCT, NEGATIVE)
    assert validate(results) == Validation(valid=1, uncountable=2, duplicates=1)
    assert results.execute("SELECT product_id, quantity FROM valid_sales").fetchall() == [(4, 1)]


def test_a_row_without_household_still_counts(results: duckdb.DuckDBPyConnection) -> None:
    """A sale is a sale, even if nobody knows whose."""
    _sales(results, "NULL" + GOOD[1:])
    assert validate(results) == Validation(valid=1, uncountable=0, duplicates=0)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("DROP COLUMN week", "week is missing"),
        ("ADD COLUMN tax DOUBLE", "tax is new"),
        ("ALTER quantity TYPE VARCHAR", "quantity is VARCHAR instead of BIGINT"),
    ],
)
def test_refuses_a_changed_schema(results: duckdb.DuckDBPyConnection, change: str, told: str) -> None:
    """A missing, new or retyped column ends the run with its name."""
    _sales(results, GOOD)
    results.execute(f"ALTER TABLE sales {change}")
    with pytest.raises(SchemaDriftError, match=told):
        validate(results)

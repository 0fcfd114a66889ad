"""Validate: refuse a changed schema, set aside the rows that cannot be counted."""

from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from worker_etl.exceptions import SchemaDriftError
from worker_etl.ventas_etl.extract import row_count
from worker_etl.ventas_etl.source import TRANSACTION_COLUMNS

_UNCOUNTABLE = """
store_id IS NULL OR basket_id IS NULL OR product_id IS NULL OR transaction_timestamp IS NULL
OR quantity IS NULL OR quantity < 0 OR sales_value IS NULL OR sales_value < 0
"""

VALID_SALES = f"""
CREATE OR REPLACE TEMP TABLE valid_sales AS
SELECT DISTINCT *, CAST(transaction_timestamp AS DATE) AS day FROM sales WHERE NOT ({_UNCOUNTABLE})
"""


@dataclass(frozen=True, slots=True)
class Validation:
    """Rows that go on, and rows that were set aside and why."""

    valid: int
    uncountable: int
    duplicates: int


def validate(connection: DuckDBPyConnection) -> Validation:
    """Fill the table `valid_sales` with the countable rows of `sales`, each once.

    Raises SchemaDriftError when a column is missing, new or of another type.
    """
    _check_schema(connection)
    total = row_count(connection, "sales")
    uncountable = row_count(connection, f"sales WHERE {_UNCOUNTABLE}")
    connection.execute(VALID_SALES)
    valid = row_count(connection, "valid_sales")
    return Validation(valid, uncountable, total - uncountable - valid)


def _check_schema(connection: DuckDBPyConnection) -> None:
    found = columns(connection, "sales")
    changes = [
        *(f"{name} is missing" for name in TRANSACTION_COLUMNS.keys() - found.keys()),
        *(f"{name} is new" for name in found.keys() - TRANSACTION_COLUMNS.keys()),
        *(
            f"{name} is {found[name]} instead of {expected}"
            for name, expected in TRANSACTION_COLUMNS.items()
            if found.get(name, expected) != expected
        ),
    ]
    if changes:
        raise SchemaDriftError(f"transactions changed: {', '.join(sorted(changes))}")


def columns(connection: DuckDBPyConnection, table: str) -> dict[str, str]:
    """Return the names and types of a table's columns in their order."""
    return {row[0]: row[1] for row in connection.execute(f"DESCRIBE {table}").fetchall()}

"""Extract: the requested days of the transactions, and what their households bought before."""

from pathlib import Path

from duckdb import DuckDBPyConnection

from worker_etl.request import RunRequest
from worker_etl.stop import Stop
from worker_etl.ventas_etl.faults import NoFault
from worker_etl.ventas_etl.source import Source

# customer_features looks 28 days back: the day itself and the 27 before it.
HISTORY_DAYS = 27

# Views of the files, so that each query names what it reads.
TRANSACTIONS, PRODUCTS, DEMOGRAPHICS = "raw_transactions", "raw_products", "raw_demographics"

_SALES = f"""
SELECT * FROM {TRANSACTIONS}
WHERE transaction_timestamp >= $first AND transaction_timestamp < $last + INTERVAL 1 DAY
"""

_EARLIER_VISITS = f"""
CREATE OR REPLACE TEMP TABLE earlier_visits AS
SELECT CAST(transaction_timestamp AS DATE) AS day, household_id,
       count(DISTINCT basket_id) AS baskets, sum(sales_value) AS sales_value
FROM {TRANSACTIONS}
WHERE transaction_timestamp >= $first - $days * INTERVAL 1 DAY AND transaction_timestamp < $first
GROUP BY ALL
"""


def extract(
    connection: DuckDBPyConnection, source: Source, request: RunRequest, fault: NoFault, stop: Stop
) -> int:
    """Fill the tables `sales`, `earlier_visits`, `products`, `demographics`; returns the rows of `sales`."""
    fault.wait(stop)
    _view(connection, TRANSACTIONS, source.transactions)
    _view(connection, PRODUCTS, source.products)
    _view(connection, DEMOGRAPHICS, source.demographics)
    sales, earlier_visits, *dimensions = statements(fault)
    connection.execute(sales, {"first": request.first, "last": request.last})
    stop.check()
    connection.execute(earlier_visits, {"first": request.first, "days": HISTORY_DAYS})
    for dimension in dimensions:
        connection.execute(dimension)
    return row_count(connection, "sales")


def statements(fault: NoFault) -> list[str]:
    """Return the statements that fill the tables, in their order."""
    return [
        f"CREATE OR REPLACE TEMP TABLE sales AS {fault.source(_SALES)}",
        _EARLIER_VISITS,
        f"CREATE OR REPLACE TEMP TABLE products AS SELECT * FROM {PRODUCTS}",
        f"CREATE OR REPLACE TEMP TABLE demographics AS SELECT * FROM {DEMOGRAPHICS}",
    ]


def _view(connection: DuckDBPyConnection, name: str, file: Path) -> None:
    # A view takes no parameters.
    path = str(file).replace("'", "''")
    connection.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet('{path}')")


def row_count(connection: DuckDBPyConnection, table: str) -> int:
    """Count the rows of one of the pipeline's own tables."""
    return connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]

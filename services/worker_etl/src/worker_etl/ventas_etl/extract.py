"""Extract: the requested days of the transactions, and what their households bought before."""

from duckdb import DuckDBPyConnection

from worker_etl.request import RunRequest
from worker_etl.stop import Stop
from worker_etl.ventas_etl.faults import NoFault
from worker_etl.ventas_etl.source import Source

# customer_features looks 28 days back: the day itself and the 27 before it.
HISTORY_DAYS = 27

_SALES = """
SELECT * FROM read_parquet($file)
WHERE transaction_timestamp >= $first AND transaction_timestamp < $last + INTERVAL 1 DAY
"""

_EARLIER_VISITS = """
CREATE OR REPLACE TEMP TABLE earlier_visits AS
SELECT CAST(transaction_timestamp AS DATE) AS day, household_id,
       count(DISTINCT basket_id) AS baskets, sum(sales_value) AS sales_value
FROM read_parquet($file)
WHERE transaction_timestamp >= $first - $days * INTERVAL 1 DAY AND transaction_timestamp < $first
GROUP BY ALL
"""


def extract(
    connection: DuckDBPyConnection, source: Source, request: RunRequest, fault: NoFault, stop: Stop
) -> int:
    """Fill the tables `sales`, `earlier_visits`, `products`, `demographics`; returns the rows of `sales`."""
    fault.wait(stop)
    transactions = {"file": str(source.transactions), "first": request.first}
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE sales AS {fault.source(_SALES)}", transactions | {"last": request.last}
    )
    stop.check()
    connection.execute(_EARLIER_VISITS, transactions | {"days": HISTORY_DAYS})
    _dimension(connection, "products", source.products)
    _dimension(connection, "demographics", source.demographics)
    return row_count(connection, "sales")


def _dimension(connection: DuckDBPyConnection, name: str, file: object) -> None:
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} AS FROM read_parquet($file)", {"file": str(file)}
    )


def row_count(connection: DuckDBPyConnection, table: str) -> int:
    """Count the rows of one of the pipeline's own tables."""
    return connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]

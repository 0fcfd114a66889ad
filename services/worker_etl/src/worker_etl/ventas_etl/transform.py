"""Transform: daily sales and customer features, in SQL."""

from importlib.resources import files

from duckdb import DuckDBPyConnection

from worker_etl.ventas_etl.customer_ids import MAPPING, map_households
from worker_etl.ventas_etl.extract import row_count
from worker_etl.ventas_etl.faults import NoFault

# The order of the warehouse's keys: rows that arrive in it are appended, not sorted in.
_ORDER = {"daily_sales": "day, store_id, product_id", "customer_features": "day, customer_id"}


def daily_sales(connection: DuckDBPyConnection, fault: NoFault) -> int:
    """Fill the table `daily_sales` from `valid_sales` and `products`; returns its rows."""
    connection.execute(_statement("daily_sales", fault.transform(query("daily_sales"))))
    return row_count(connection, "daily_sales")


def customer_features(connection: DuckDBPyConnection, hmac_key: bytes) -> int:
    """Fill the table `customer_features`, household ids replaced by their HMAC; returns its rows."""
    map_households(connection, hmac_key)
    connection.execute(_statement("customer_features", query("customer_features")))
    return row_count(connection, "customer_features")


def statements(fault: NoFault) -> list[str]:
    """Return the statements that fill the tables, in their order."""
    return [
        _statement("daily_sales", fault.transform(query("daily_sales"))),
        MAPPING,
        _statement("customer_features", query("customer_features")),
    ]


def query(name: str) -> str:
    """Return the text of one of the package's queries."""
    return files("worker_etl.ventas_etl").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def _statement(table: str, select: str) -> str:
    return f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM ({select}) ORDER BY {_ORDER[table]}"

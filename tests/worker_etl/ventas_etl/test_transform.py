"""Daily sales and customer features, compared with the transactions they come from."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest

from worker_etl.request import RunRequest
from worker_etl.stop import Stop
from worker_etl.ventas_etl import transform
from worker_etl.ventas_etl.customer_ids import customer_id
from worker_etl.ventas_etl.extract import extract
from worker_etl.ventas_etl.faults import NoFault
from worker_etl.ventas_etl.source import Source
from worker_etl.ventas_etl.validate import validate

KEY = b"a key of the test"
MARCH_1 = date(2017, 3, 1)


def _transformed(results: duckdb.DuckDBPyConnection, files: Source, first: date, last: date) -> None:
    extract(results, files, RunRequest(first, last), NoFault(), Stop())
    validate(results)
    transform.daily_sales(results, NoFault())
    transform.customer_features(results, KEY)


@pytest.fixture
def march_1(results: duckdb.DuckDBPyConnection, files: Source) -> duckdb.DuckDBPyConnection:
    """The results of one day."""
    _transformed(results, files, MARCH_1, MARCH_1)
    return results


def test_daily_sales_lose_nothing(march_1: duckdb.DuckDBPyConnection) -> None:
    """Quantity and value of the day are those of its transactions."""
    sums = "SELECT sum(quantity), round(sum(sales_value), 2) FROM {}"
    found, expected = (march_1.execute(sums.format(table)).fetchone() for table in ("daily_sales", "sales"))
    assert found == expected


def test_products_out_of_catalogue_are_kept(results: duckdb.DuckDBPyConnection, files: Source) -> None:
    """A product that the catalogue lacks is sold in the department UNKNOWN."""
    _transformed(results, files, MARCH_1, MARCH_1 + timedelta(days=6))
    unknown = "SELECT count(*) FROM daily_sales WHERE department = 'UNKNOWN'"
    keys = "count(DISTINCT (store_id, product_id, day))"
    lacking = f"SELECT {keys} FROM valid_sales ANTI JOIN products USING (product_id)"
    assert results.execute(unknown).fetchone() == results.execute(lacking).fetchone() > (0,)


def test_customer_ids_are_keyed(march_1: duckdb.DuckDBPyConnection) -> None:
    """Every household of the day is there under its HMAC and under no other id."""
    households = march_1.execute("SELECT DISTINCT household_id FROM sales").fetchall()
    found = march_1.execute("SELECT customer_id FROM customer_features").fetchall()
    assert sorted(row[0] for row in found) == sorted(customer_id(KEY, row[0]) for row in households)


def test_hmac_is_the_standard_one() -> None:
    """The id is HMAC-SHA256 of the decimal household id, and another key makes another id."""
    # echo -n 42 | openssl dgst -sha256 -hmac key
    assert customer_id(b"key", 42) == "f2991b7ce981d0b5adc5e6a0f31acaeb407bfc21354bbcc31a0c43eaffa83d65"
    assert customer_id(b"key", 42) != customer_id(b"other", 42)


def test_a_day_is_the_same_in_any_range(results: duckdb.DuckDBPyConnection, files: Source) -> None:
    """A day's features do not depend on the days that are run with it."""
    features = "SELECT * FROM customer_features WHERE day = '2017-03-01' ORDER BY customer_id"
    _transformed(results, files, MARCH_1, MARCH_1)
    alone = results.execute(features).fetchall()
    _transformed(results, files, MARCH_1 - timedelta(days=40), MARCH_1 + timedelta(days=3))
    assert results.execute(features).fetchall() == alone


def test_features_look_28_days_back(march_1: duckdb.DuckDBPyConnection, files: Source) -> None:
    """The trailing sums are those of the raw transactions of these 28 days."""
    expected = march_1.execute(
        "SELECT round(sum(sales_value), 2), count(DISTINCT basket_id) FROM read_parquet($file) "
        "WHERE household_id IN (SELECT household_id FROM sales) "
        "AND CAST(transaction_timestamp AS DATE) BETWEEN DATE '2017-02-02' AND DATE '2017-03-01'",
        {"file": str(files.transactions)},
    ).fetchone()
    found = "SELECT round(sum(sales_value_28d), 2), CAST(sum(visits_28d) AS BIGINT) FROM customer_features"
    assert march_1.execute(found).fetchone() == expected

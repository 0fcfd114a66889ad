"""Reading the requested days."""

from __future__ import annotations

from datetime import date

import duckdb

from worker_etl.request import FIRST_DAY, LAST_DAY, RunRequest
from worker_etl.stop import Stop
from worker_etl.ventas_etl.extract import extract
from worker_etl.ventas_etl.faults import NoFault
from worker_etl.ventas_etl.source import Source

MARCH_1 = date(2017, 3, 1)


def test_reads_the_requested_day_only(results: duckdb.DuckDBPyConnection, files: Source) -> None:
    """Sales are those of the day, earlier visits those of the 27 days before it."""
    assert extract(results, files, RunRequest(MARCH_1, MARCH_1), NoFault(), Stop()) == 3881
    days = "SELECT DISTINCT CAST(transaction_timestamp AS DATE) FROM sales"
    assert results.execute(days).fetchall() == [(MARCH_1,)]
    history = "SELECT min(day), max(day) FROM earlier_visits"
    assert results.execute(history).fetchone() == (date(2017, 2, 2), date(2017, 2, 28))


def test_the_whole_range_holds_every_transaction(results: duckdb.DuckDBPyConnection, files: Source) -> None:
    """FIRST_DAY and LAST_DAY leave none of the 1,469,307 transactions out."""
    assert extract(results, files, RunRequest(FIRST_DAY, LAST_DAY), NoFault(), Stop()) == 1_469_307

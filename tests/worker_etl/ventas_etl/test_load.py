"""Loading days: repeatable, whole, and only with the claim in hand."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import IntegrityError

from worker_etl import warehouse
from worker_etl.exceptions import ClaimLostError, RunAbortedError
from worker_etl.request import RunRequest
from worker_etl.stop import Stop
from worker_etl.ventas_etl.faults import BrokenLoad, NoFault
from worker_etl.ventas_etl.load import Guard, Loader
from worker_etl.ventas_etl.source import Source

DAYS = RunRequest(date(2017, 3, 1), date(2017, 3, 2))


@pytest.fixture
def results(results: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Two days with three rows."""
    results.execute(
        "CREATE TEMP TABLE daily_sales (day DATE, store_id BIGINT, product_id BIGINT, department VARCHAR, "
        "quantity BIGINT, sales_value DOUBLE, discount_value DOUBLE, baskets BIGINT)"
    )
    results.execute(
        "INSERT INTO daily_sales VALUES ('2017-03-01', 1, 10, 'MEAT', 2, 9.5, 0.5, 1), "
        "('2017-03-01', 1, 11, 'DELI', 1, 3.0, 0.0, 1), ('2017-03-02', 1, 10, 'MEAT', 1, 4.75, 0.0, 1)"
    )
    return results


def _open(_connection: Connection) -> None:
    """Let every transaction pass."""


def _load(
    engine: Engine, results: duckdb.DuckDBPyConnection, fault: NoFault, stop: Stop, guard: Guard = _open
) -> list[int]:
    progress: list[int] = []
    loader = Loader(engine, "run-1", guard, stop)
    loader.days(results, warehouse.daily_sales, DAYS, fault, progress.append)
    return progress


def _rows(engine: Engine) -> list[tuple]:
    table = warehouse.daily_sales
    with engine.connect() as connection:
        ordered = select(table).order_by(*table.primary_key)
        return [tuple(row) for row in connection.execute(ordered)]


def test_loads_what_the_results_hold(engine: Engine, results: duckdb.DuckDBPyConnection) -> None:
    """Every row arrives with its types, and progress is told a day at a time."""
    assert _load(engine, results, NoFault(), Stop()) == [2, 1]
    assert _rows(engine)[0] == (date(2017, 3, 1), 1, 10, "MEAT", 2, 9.5, 0.5, 1)
    assert len(_rows(engine)) == 3


def test_a_day_run_twice_has_the_same_rows(engine: Engine, results: duckdb.DuckDBPyConnection) -> None:
    """A second run replaces the days; a row that is gone at the source is gone in the warehouse."""
    _load(engine, results, NoFault(), Stop())
    first = _rows(engine)
    _load(engine, results, NoFault(), Stop())
    assert _rows(engine) == first
    results.execute("DELETE FROM daily_sales WHERE product_id = 11")
    _load(engine, results, NoFault(), Stop())
    assert _rows(engine) == [row for row in first if row[2] != 11]


def test_a_broken_day_stays_as_it_was(engine: Engine, results: duckdb.DuckDBPyConnection) -> None:
    """When the warehouse refuses a row, the day keeps its old rows."""
    _load(engine, results, NoFault(), Stop())
    before = _rows(engine)
    with pytest.raises(IntegrityError):
        _load(engine, results, BrokenLoad(), Stop())
    assert _rows(engine) == before


def test_writes_nothing_without_the_claim(engine: Engine, results: duckdb.DuckDBPyConnection) -> None:
    """A guard that raises keeps every row out."""

    def lost(_connection: Connection) -> None:
        raise ClaimLostError

    with pytest.raises(ClaimLostError):
        _load(engine, results, NoFault(), Stop(), lost)
    assert _rows(engine) == []


def test_stops_between_two_days(engine: Engine, results: duckdb.DuckDBPyConnection) -> None:
    """A stop that is requested during a day ends the load after it; whole days remain."""
    stop = Stop()

    def first_day(_connection: Connection) -> None:
        stop.request(RunAbortedError("enough"))

    with pytest.raises(RunAbortedError, match="enough"):
        _load(engine, results, NoFault(), stop, first_day)
    assert {row[0] for row in _rows(engine)} == {date(2017, 3, 1)}


def test_catalogue_is_loaded_once(
    engine: Engine, results: duckdb.DuckDBPyConnection, files: Source, tmp_path
) -> None:
    """The products are written when their file has changed, and only then."""
    results.execute("CREATE TEMP TABLE products AS FROM read_parquet($f)", {"f": str(files.products)})
    loader = Loader(engine, "run-1", _open, Stop())
    written = [loader.catalogue(results, files.products, lambda rows: None) for _ in range(2)]
    assert written == [92_331, 0]
    changed = tmp_path / "products.parquet"
    changed.write_bytes(b"another catalogue")
    assert loader.catalogue(results, changed, lambda rows: None) == 92_331
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(warehouse.products)) == 92_331


def test_notes_who_loaded_a_day(engine: Engine, results: duckdb.DuckDBPyConnection) -> None:
    """Each partition says which run loaded it and how many rows it has."""
    _load(engine, results, NoFault(), Stop())
    loads = warehouse.partition_loads.c
    with engine.connect() as connection:
        noted = connection.execute(select(loads.partition, loads.run_id, loads.row_count)).all()
    assert sorted(map(tuple, noted)) == [("2017-03-01", "run-1", 2), ("2017-03-02", "run-1", 1)]

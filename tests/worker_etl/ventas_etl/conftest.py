"""A DuckDB connection and the installed source."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from worker_etl.ventas_etl import source


@pytest.fixture(scope="session")
def files() -> source.Source:
    """The real parquet files."""
    return source.installed()


@pytest.fixture
def results() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database in memory."""
    with duckdb.connect() as connection:
        yield connection

"""Names and columns that connections tell."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlalchemy import StaticPool, create_engine, text
from tests.contract.postgres import server

from almenara.sql.catalog import NoCatalog, Table, catalog_of, dialect_of
from almenara.sql.catalog.duckdb import _place


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a database goes."""
    return tmp_path / "shop.db"


@pytest.fixture
def lite(file: Path) -> Iterator[sqlite3.Connection]:
    """A SQLite file with a table."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE Sales (Day TEXT, value REAL)")
        yield connection


@pytest.fixture
def duck(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB file with a table in each of two schemas, and a view."""
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE Sales (Day DATE)")
        connection.execute("CREATE SCHEMA mart; CREATE TABLE mart.sales (x INT)")
        connection.execute("CREATE VIEW recent AS SELECT day AS last FROM sales")
        yield connection


def test_duckdb_finds_tables_and_views(duck: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Names without a schema are main's; case does not count, and types come along."""
    place = f"duckdb://{tmp_path}/shop.duckdb"
    assert catalog_of(duck, "").tables(["sales", "mart.sales", "recent", "shop.mart.sales", "nowhere"]) == {
        "sales": Table(place, "main.sales", {"Day": "DATE"}),
        "mart.sales": Table(place, "mart.sales", {"x": "INTEGER"}),
        "recent": Table(place, "main.recent", {"last": "DATE"}),
        "shop.mart.sales": Table(place, "mart.sales", {"x": "INTEGER"}),
        "nowhere": Table(place, "main.nowhere"),
    }


def test_duckdb_knows_attached_files(duck: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """A table of an attached file belongs to that file, and memory lasts no longer than the connection."""
    duck.execute(f"ATTACH '{tmp_path}/other.db' AS other; CREATE TABLE other.t (a INT)")
    duck.execute("ATTACH ':memory:' AS scratch; CREATE TABLE scratch.t (b INT)")
    found = catalog_of(duck, "").tables(["other.t", "scratch.t"])
    assert found["other.t"] == Table(f"duckdb://{tmp_path}/other.db", "main.t", {"a": "INTEGER"})
    assert (found["scratch.t"].lasting, found["scratch.t"].columns) == (False, {"b": "INTEGER"})


def test_an_attached_server_keeps_its_password() -> None:
    """What DuckDB calls the path of a server is the string that it connects with."""
    attached = _place("crm", "postgres", "host=db user=etl password=hunter2")
    assert attached == "postgres://crm"
    assert _place("lake", "duckdb", "s3://key:hunter2@lake/a.duckdb?sig=1") == "s3://lake/a.duckdb"


def test_duckdb_keeps_the_result_that_waits(duck: duckdb.DuckDBPyConnection) -> None:
    """Rows that the job has not fetched yet, and its open transaction, are still there afterwards."""
    duck.execute("BEGIN")
    duck.execute("INSERT INTO sales VALUES ('2017-03-01')")
    duck.execute("SELECT count(*) FROM sales")
    catalog_of(duck, "").tables(["sales"])
    assert duck.fetchall() == [(1,)]
    duck.execute("ROLLBACK")
    assert duck.execute("SELECT count(*) FROM sales").fetchall() == [(0,)]


def test_a_glance_at_a_file_is_for_local_parquet_alone(
    duck: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """CSV depends on its options and buckets on the network: neither is opened."""
    duck.execute(f"COPY (SELECT 1 AS a) TO '{tmp_path}/x.parquet'")
    catalog = catalog_of(duck, "")
    assert catalog.file(f"{tmp_path}/x.parquet") == {"a": "INTEGER"}
    assert catalog.file(f"{tmp_path}/x.csv") == catalog.file("s3://lake/x.parquet") == {}


def test_sqlite_finds_temporary_tables_first(lite: sqlite3.Connection, file: Path) -> None:
    """A temporary table hides the one of the file and does not last."""
    place = f"sqlite://{file}"
    catalog = catalog_of(lite, "")
    assert catalog.tables(["sales", "main.sales", "nowhere"]) == {
        "sales": Table(place, "main.sales", {"Day": "TEXT", "value": "REAL"}),
        "main.sales": Table(place, "main.sales", {"Day": "TEXT", "value": "REAL"}),
        "nowhere": Table(place, "main.nowhere"),
    }
    lite.execute("CREATE TEMP TABLE sales (x INT)")
    assert catalog.tables(["sales"])["sales"] == Table("sqlite://memory", "temp.sales", {"x": "INT"}, False)
    lite.row_factory = sqlite3.Row
    assert catalog.tables(["main.sales"])["main.sales"].columns == {"Day": "TEXT", "value": "REAL"}


def test_sqlite_leaves_transactions_alone(lite: sqlite3.Connection) -> None:
    """It neither begins one nor ends one."""
    catalog_of(lite, "").tables(["sales"])
    assert not lite.in_transaction
    lite.execute("INSERT INTO sales VALUES ('d', 1)")
    catalog_of(lite, "").tables(["sales"])
    assert lite.in_transaction
    lite.rollback()
    assert lite.execute("SELECT count(*) FROM sales").fetchall() == [(0,)]


def test_hostile_names_are_names(lite: sqlite3.Connection, file: Path) -> None:
    """A name with quotes in it is looked up, not executed."""
    lite.execute('CREATE TABLE "a""; DROP TABLE sales; --" (x INT)')
    name = 'a"; DROP TABLE sales; --'
    assert catalog_of(lite, "").tables([name, "sales"])[name].columns == {"x": "INT"}
    assert catalog_of(lite, "").tables(["sales"])["sales"].columns


def test_sqlalchemy_names_a_file_as_its_driver_does(lite: sqlite3.Connection, file: Path) -> None:
    """The same table is the same dataset by an Engine, by a Connection and by sqlite3."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        asked = [catalog_of(one, "").tables(["sales"])["sales"] for one in (engine, connection, lite)]
    engine.dispose()
    assert {(one.namespace, one.name, tuple(one.columns)) for one in asked} == {
        (f"sqlite://{file}", "main.sales", ("Day", "value"))
    }


def test_sqlalchemy_leaves_transactions_alone(lite: sqlite3.Connection, file: Path) -> None:
    """A Connection is as free, or as much within its transaction, as it was before."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        catalog_of(connection, "").tables(["sales"])
        assert not connection.in_transaction()
        connection.execute(text("INSERT INTO sales VALUES ('d', 1)"))
        catalog_of(connection, "").tables(["sales"])
        assert connection.execute(text("SELECT count(*) FROM sales")).scalar() == 1
        connection.rollback()
        assert connection.execute(text("SELECT count(*) FROM sales")).scalar() == 0
    engine.dispose()


def test_sqlalchemy_does_not_share_a_connection_that_others_use() -> None:
    """With StaticPool a second check-out would roll back what the job has not committed."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.connect() as connection:
        connection.execute(text("CREATE TABLE t (a INT)"))
        connection.commit()
        connection.execute(text("INSERT INTO t VALUES (1)"))
        assert catalog_of(engine, "").tables(["t"])["t"].columns == {}
        connection.commit()
        assert connection.execute(text("SELECT count(*) FROM t")).scalar() == 1
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "namespace", "name"),
    [
        ("postgresql://u:secret@db/shop", "postgres://db:5432", "shop.public.t"),
        ("postgresql+psycopg://u:secret@db:6000/shop", "postgres://db:6000", "shop.public.t"),
        ("mysql://u:secret@db/shop", "mysql://db:3306", "public.t"),
        ("mssql://u:secret@db/shop", "mssql://db:1433", "shop.public.t"),
        ("exotic://u:secret@db:7/shop", "exotic://db:7", "shop.public.t"),
    ],
)
def test_servers_are_named_as_the_specification_says(url: str, namespace: str, name: str) -> None:
    """Scheme, host and port are the namespace, without a user or a password."""
    from sqlalchemy import make_url

    from almenara.sql.catalog.sqlalchemy import SQLAlchemyCatalog

    engine: Any = type("Engine", (), {"url": make_url(url)})()
    engine.engine = engine
    table = SQLAlchemyCatalog(engine)._table("public", "t", {}, True)
    assert (table.namespace, table.name) == (namespace, name)


@pytest.mark.docker
def test_psycopg_reads_the_search_path_and_leaves_transactions_alone() -> None:
    """Temporary tables come first and do not last; an idle connection is idle afterwards."""
    import psycopg

    with server() as address, psycopg.connect(address, client_encoding="utf8") as connection:
        catalog = catalog_of(connection, "")
        connection.execute("CREATE TEMP TABLE almenara_catalog (a int, b text)")
        found = catalog.tables(["almenara_catalog", "pg_catalog.pg_class", "nowhere"])
        assert found["almenara_catalog"].columns == {"a": "integer", "b": "text"}
        assert not found["almenara_catalog"].lasting
        assert found["pg_catalog.pg_class"].name.endswith(".pg_catalog.pg_class")
        assert found["nowhere"].name.endswith(".public.nowhere")
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
        connection.rollback()
        catalog.tables(["nowhere"])
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_a_connection_of_another_kind_tells_nothing() -> None:
    """Its tables belong to the namespace that is given."""
    assert isinstance(catalog_of(object(), "shop"), NoCatalog)
    assert catalog_of(None, "shop").tables(["a.b"]) == {"a.b": Table("shop", "a.b")}


def test_the_dialect_is_that_of_the_connection(lite: sqlite3.Connection, duck: Any) -> None:
    """Nobody has to name it twice."""
    engine = create_engine("sqlite://")
    assert [dialect_of(one) for one in (lite, duck, engine, None, object())] == [
        "sqlite",
        "duckdb",
        "sqlite",
        None,
        None,
    ]

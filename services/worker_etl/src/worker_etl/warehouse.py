"""The warehouse's tables, the same on SQLite and PostgreSQL."""

from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Double,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex, CreateTable
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random

SQLITE_BUSY_SECONDS = 30

metadata = MetaData()

daily_sales = Table(
    "daily_sales",
    metadata,
    Column("day", Date, primary_key=True),
    Column("store_id", Integer, primary_key=True),
    Column("product_id", BigInteger, primary_key=True),
    Column("department", String(40), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("sales_value", Double, nullable=False),
    Column("discount_value", Double, nullable=False),
    Column("baskets", Integer, nullable=False),
    Index("ix_daily_sales_department", "department", "day", "store_id", "product_id"),
    # Rows are read by day and store: the key is the table, not an index beside it.
    sqlite_with_rowid=False,
)

customer_features = Table(
    "customer_features",
    metadata,
    Column("day", Date, primary_key=True),
    Column("customer_id", String(64), primary_key=True),
    Column("baskets", Integer, nullable=False),
    Column("products", Integer, nullable=False),
    Column("sales_value", Double, nullable=False),
    Column("discount_value", Double, nullable=False),
    Column("visits_28d", Integer, nullable=False),
    Column("sales_value_28d", Double, nullable=False),
    Column("days_since_last_visit", Integer),
    Column("age", String(10)),
    Column("income", String(10)),
    sqlite_with_rowid=False,
)

products = Table(
    "products",
    metadata,
    Column("product_id", BigInteger, primary_key=True, autoincrement=False),
    Column("manufacturer_id", BigInteger),
    Column("department", String(40), nullable=False),
    Column("brand", String(20)),
    Column("product_category", String(80)),
    Column("product_type", String(80)),
    Column("package_size", String(40)),
)

partition_loads = Table(
    "partition_loads",
    metadata,
    Column("table_name", String(40), primary_key=True),
    Column("partition", String(40), primary_key=True),
    Column("run_id", String(36), nullable=False),
    Column("row_count", BigInteger, nullable=False),
    Column("content_hash", String(64), nullable=False, default=""),
    Column("loaded_at", DateTime(timezone=True), nullable=False),
)


def connect(url: str) -> Engine:
    """Open the warehouse at a SQLAlchemy URL; a SQLite file's folder is made when missing.

    Rows stay out of error messages, because those go into logs and lineage.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": SQLITE_BUSY_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _tune_sqlite)
    return engine


def _tune_sqlite(connection, _record) -> None:
    # WAL lets the API read while a run loads; NORMAL loses nothing when a process is killed.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


# Two processes that start together on an empty PostgreSQL collide in its catalogue once.
@retry(
    retry=retry_if_exception_type(DBAPIError),
    stop=stop_after_attempt(4),
    wait=wait_random(0.05, 0.5),
    reraise=True,
)
def create_tables(engine: Engine) -> None:
    """Create the tables and indexes that do not exist yet."""
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(CreateTable(table, if_not_exists=True))
            for index in sorted(table.indexes, key=lambda index: index.name):
                connection.execute(CreateIndex(index, if_not_exists=True))

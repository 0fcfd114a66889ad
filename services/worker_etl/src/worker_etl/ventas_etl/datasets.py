"""The datasets that ventas_etl reads and writes, named as OpenLineage's naming convention has it."""

from pathlib import PurePath

from sqlalchemy import Engine

import almenara
from worker_etl.ventas_etl import extract
from worker_etl.ventas_etl.source import PACKAGE

_OWNER = "data-engineering"


def parquet(name: str, description: str) -> almenara.Dataset:
    """Return a file of the source package; its name is the path below the installation, so that it is
    the same dataset on every machine."""
    return almenara.Dataset("file", f"{PACKAGE}/data/{name}.parquet", description=description, owner="84.51")


TRANSACTIONS = parquet("transactions", "Each product bought: household, store, basket, quantity, discounts.")
PRODUCTS = parquet("products", "Catalogue of products with department, brand and category.")
DEMOGRAPHICS = parquet("demographics", "Age and income band of some households.")

# What the views in DuckDB stand for.
SOURCES = {
    extract.TRANSACTIONS: TRANSACTIONS,
    extract.PRODUCTS: PRODUCTS,
    extract.DEMOGRAPHICS: DEMOGRAPHICS,
}


class WarehouseDatasets:
    """The warehouse's tables under the namespace of the database that holds them."""

    def __init__(self, engine: Engine) -> None:
        self._namespace, self._prefix = _database(engine)
        self.daily_sales = self._table("daily_sales", "Sales by day, store, product and department.")
        self.customer_features = self._table("customer_features", "Buying behaviour by day and customer.")
        self.products = self._table("products", "Catalogue of products.")

    def _table(self, name: str, description: str) -> almenara.Dataset:
        return almenara.Dataset(
            self._namespace, f"{self._prefix}.{name}", description=description, owner=_OWNER
        )


def _database(engine: Engine) -> tuple[str, str]:
    url = engine.url
    if url.get_backend_name() == "sqlite":
        return f"sqlite://{PurePath(url.database or 'memory').name}", "main"
    return f"postgres://{url.host}:{url.port or 5432}", f"{url.database}.public"

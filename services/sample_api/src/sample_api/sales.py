"""Reads daily sales and products from the warehouse."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Engine, select, tuple_

from sample_api import cursor
from sample_api.exceptions import NotFoundError
from worker_etl.warehouse import daily_sales, products


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and the cursor of the next page or None."""

    items: list[dict[str, Any]]
    next: str | None


class Sales:
    """The warehouse as the API shows it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def daily(self, first: date, last: date, department: str | None, limit: int, after: str | None) -> Page:
        """Return up to `limit` rows of the days `first` to `last`, ordered by day, store and product,
        that follow the cursor `after`. Raises BadCursorError."""
        columns = daily_sales.c
        key = (columns.day, columns.store_id, columns.product_id)
        query = select(daily_sales).where(columns.day.between(first, last)).order_by(*key).limit(limit + 1)
        if department is not None:
            query = query.where(columns.department == department)
        if after is not None:
            query = query.where(tuple_(*key) > tuple_(*cursor.decode(after)))
        return _page(self._rows(query), limit)

    def product(self, product_id: int) -> dict[str, Any]:
        """Return one product of the catalogue; raises NotFoundError."""
        rows = self._rows(select(products).where(products.c.product_id == product_id))
        if not rows:
            raise NotFoundError(f"no product has the id {product_id}; the catalogue comes with the first run")
        return rows[0]

    def check(self) -> None:
        """Raise SQLAlchemyError when the warehouse cannot be read."""
        self._rows(select(products.c.product_id).limit(1))

    def _rows(self, query: Any) -> list[dict[str, Any]]:
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def _page(rows: list[dict[str, Any]], limit: int) -> Page:
    items = rows[:limit]
    if len(rows) <= limit:
        return Page(items, None)
    last = items[-1]
    return Page(items, cursor.encode((last["day"], last["store_id"], last["product_id"])))

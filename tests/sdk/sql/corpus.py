"""Real queries: TPC-H and TPC-DS as ibis-framework ships them for DuckDB, and those of ventas_etl."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import sqlglot
from sqlglot import exp

from worker_etl.ventas_etl import extract, faults, source, transform, validate

# In both benchmarks a column begins with the letters of its table.
TPC = {
    "h": {
        "part": "p",
        "supplier": "s",
        "partsupp": "ps",
        "customer": "c",
        "orders": "o",
        "lineitem": "l",
        "nation": "n",
        "region": "r",
    },
    "ds": {
        "call_center": "cc",
        "catalog_page": "cp",
        "catalog_returns": "cr",
        "catalog_sales": "cs",
        "customer": "c",
        "customer_address": "ca",
        "customer_demographics": "cd",
        "date_dim": "d",
        "household_demographics": "hd",
        "income_band": "ib",
        "inventory": "inv",
        "item": "i",
        "promotion": "p",
        "reason": "r",
        "ship_mode": "sm",
        "store": "s",
        "store_returns": "sr",
        "store_sales": "ss",
        "time_dim": "t",
        "warehouse": "w",
        "web_page": "wp",
        "web_returns": "wr",
        "web_sales": "ws",
        "web_site": "web",
    },
}
# Names that queries give themselves and that look like columns of a table.
MADE_UP = frozenset(
    [
        *["c_city", "c_count", "c_street_name", "c_street_number", "c_zip", "cc_name_lower", "cr_item_qty"],
        *["cs_customer_sk", "cs_item_rev", "cs_qty", "cs_sold_year", "cs_sp", "cs_wc", "d_week_seq1"],
        *["d_week_seq2", "inv_after", "inv_before", "l_year", "o_year", "s_store_id1", "s_store_id2"],
        *["s_store_name1", "sr_item_qty", "ss_item_rev", "ss_qty", "ss_sold_year", "ss_sp", "ss_wc"],
        *["t_class", "w_substr", "web_cumulative", "web_sales", "wr_item_qty", "ws_customer_sk"],
        *["ws_item_rev", "ws_qty", "ws_sold_year", "ws_sp", "ws_wc"],
    ]
)
Schema = Mapping[str, list[str]]


@dataclass(frozen=True)
class Query:
    """A query of the corpus; ``name`` is such as "ds 07"."""

    name: str
    text: str
    schema: Schema


def queries() -> Iterator[Query]:
    """22 of TPC-H, 99 of TPC-DS, and the statements of ventas_etl."""
    for benchmark, tables in TPC.items():
        texts = dict(_texts(benchmark))
        schema = _schema(tables, texts.values())
        yield from (Query(f"{benchmark} {name}", text, schema) for name, text in texts.items())
    for name, text in _own():
        yield Query(f"ventas_etl {name}", text, _OWN_SCHEMA)


def _texts(benchmark: str) -> Iterator[tuple[str, str]]:
    found = find_spec("ibis")
    assert found is not None and found.submodule_search_locations is not None
    folder = Path(
        found.submodule_search_locations[0], "backends", "tests", "tpc", "queries", "duckdb", benchmark
    )
    for file in sorted(folder.glob("*.sql")):
        yield file.stem, file.read_text(encoding="utf-8").strip().rstrip(";")


def _schema(tables: Mapping[str, str], texts: Iterable[str]) -> Schema:
    used = {
        column.name.lower()
        for text in texts
        for column in sqlglot.parse_one(text, dialect="duckdb").find_all(exp.Column)
    }
    return {
        table: sorted(name for name in used - MADE_UP if name.split("_")[0] == letters)
        for table, letters in tables.items()
    }


def _own() -> Iterator[tuple[str, str]]:
    for fault in (faults.NoFault(), faults.NullBurst(), faults.DuplicateRows()):
        yield f"sales {type(fault).__name__}", extract.statements(fault)[0]
    yield "valid_sales", validate.VALID_SALES
    for number, text in enumerate((*extract.statements(faults.NoFault())[1:], *_transforms()), 1):
        yield f"{number:02}", text


def _transforms() -> list[str]:
    return [*transform.statements(faults.FailingTransform()), *transform.statements(faults.NoFault())]


_SALES = list(source.TRANSACTION_COLUMNS)
_OWN_SCHEMA: Schema = {
    extract.TRANSACTIONS: _SALES,
    extract.PRODUCTS: ["product_id", "department", "brand"],
    extract.DEMOGRAPHICS: ["household_id", "age", "income"],
    "sales": _SALES,
    "valid_sales": [*_SALES, "day"],
    "earlier_visits": ["day", "household_id", "baskets", "sales_value"],
    "products": ["product_id", "department", "brand"],
    "demographics": ["household_id", "age", "income"],
    "customers": ["household_id", "customer_id"],
}

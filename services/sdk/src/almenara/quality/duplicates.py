"""Rows that repeat an earlier one, counted exactly.

Comparing 1.5M rows of 11 columns takes 0.4 to 0.8 s, hashing them 0.1 to 0.2 s. A row whose hash no other
row has is no duplicate, so only rows with a shared hash are compared, and mostly there are none.
"""

from __future__ import annotations

import importlib.util
from typing import Any

import narwhals as nw
from narwhals import dependencies as native_of

from almenara.quality.frames import Frame


def duplicate_rows(frame: Frame) -> int:
    """How many rows of the frame repeat an earlier one in all columns; nulls equal each other."""
    native: Any = frame.to_native()
    if native_of.is_polars_lazyframe(native):
        native = native.collect()
    if native_of.is_polars_dataframe(native):
        return _count_repeats(nw.from_native(native.filter(native.hash_rows().is_duplicated())))
    if native_of.is_pandas_dataframe(native):
        return _pandas(native)
    if native_of.is_pyarrow_table(native) and importlib.util.find_spec("duckdb"):
        return _arrow_in_duckdb(native)
    if native_of.is_duckdb_relation(native):
        return duckdb_duplicates(native)
    return _count_repeats(frame)


def duckdb_duplicates(relation: Any) -> int:
    """The count for a DuckDB relation; it is executed once, or twice when hashes are shared."""
    columns = ", ".join(_quoted(name) for name in relation.columns)
    rows, hashes = relation.aggregate(f"count(*), count(DISTINCT hash({columns}))").fetchall()[0]
    if rows == hashes:
        return 0
    return int(rows - relation.distinct().aggregate("count(*)").fetchall()[0][0])


def _count_repeats(frame: Frame) -> int:
    eager = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    if eager.is_empty() or not eager.columns:
        return 0
    return len(eager) - len(eager.unique())


def _pandas(native: Any) -> int:
    pd = native_of.get_pandas()
    try:
        shared = pd.util.hash_pandas_object(native, index=False).duplicated(keep=False).to_numpy()
    except TypeError:
        # cells that hold lists or dicts have no hash; their text stands for them
        native = native.astype(str)
        shared = pd.util.hash_pandas_object(native, index=False).duplicated(keep=False).to_numpy()
    return int(native[shared].duplicated().sum())


def _arrow_in_duckdb(native: Any) -> int:
    import duckdb

    with duckdb.connect() as connection:
        return duckdb_duplicates(connection.from_arrow(native))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

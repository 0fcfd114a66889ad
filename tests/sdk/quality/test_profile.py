"""The profile of a frame is the same for every library."""

from __future__ import annotations

import duckdb
import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from almenara.quality import UnsupportedFrameError, profile, schema_of, size_of

ROWS = {"day": ["mon", "mon", "tue", None], "store": [1, 1, 2, 3], "sales": [1.5, 1.5, None, None]}


def duckdb_relation(rows: dict[str, list[object]]) -> duckdb.DuckDBPyRelation:
    """The rows as a DuckDB relation."""
    return duckdb.connect().from_arrow(pa.table(rows))


FRAMES = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "polars lazy": pl.LazyFrame,
    "pyarrow": pa.table,
    "duckdb": duckdb_relation,
}
every_library = pytest.mark.parametrize("make", FRAMES.values(), ids=FRAMES.keys())


@every_library
def test_rows_nulls_and_duplicates_are_counted(make):
    """Each library gives the same rows, null percentages, duplicates and score."""
    found = profile(make(ROWS))

    assert found.rows == 4
    assert {c.name: c.null_percentage for c in found.columns} == {"day": 25.0, "store": 0.0, "sales": 50.0}
    assert (found.duplicates, found.duplicate_percentage) == (1, 25.0)
    assert found.score == pytest.approx(100 - 75 / 3 - 25)


@every_library
def test_duplicates_may_stay_uncounted(make):
    """Without the count of duplicates the score knows the nulls alone."""
    found = profile(make(ROWS), duplicates=False)

    assert (found.duplicates, found.score) == (0, 75.0)


@every_library
def test_rows_that_only_share_nulls_are_duplicates(make):
    """Two rows with the same values and nulls are the same row."""
    assert profile(make({"a": [None, None, "x"], "b": ["y", "y", "y"]})).duplicates == 1


@every_library
def test_a_frame_without_rows_has_no_score(make):
    """Of no rows there are no shares, and nothing is good or bad."""
    empty = make({"a": pa.array([], pa.int64()) if make in (pa.table, duckdb_relation) else []})
    found = profile(empty)

    assert (found.rows, found.duplicates, found.duplicate_percentage) == (0, 0, None)
    assert (found.score, found.completeness, found.uniqueness) == (None, None, None)
    assert [(column.null_count, column.null_percentage) for column in found.columns] == [(0, None)]


@every_library
def test_a_score_is_never_negative(make):
    """A column of nulls in rows that are all alike would give less than zero."""
    assert profile(make({"a": [None] * 3, "b": [None] * 3})).score == 0.0


@every_library
def test_column_names_with_quotes_and_spaces_work(make):
    """A name is never taken for SQL."""
    found = profile(make({'a "b" c': [1, 1], "select; --": [2, 2]}))

    assert (found.duplicates, [c.name for c in found.columns]) == (1, ['a "b" c', "select; --"])


@every_library
def test_schema_has_one_vocabulary(make):
    """Types have the same names for every library."""
    assert schema_of(make({"n": [1], "x": [0.5], "s": ["a"]})) == [
        ("n", "int64"),
        ("x", "float64"),
        ("s", "string"),
    ]


def test_schema_shows_unit_and_zone_of_times():
    """Times tell their unit and zone, and nested types their inside."""
    frame = pl.DataFrame(
        schema={"a": pl.Datetime("us", "UTC"), "b": pl.Datetime("ns"), "c": pl.List(pl.Int8), "d": pl.Date}
    )

    assert [kind for _, kind in schema_of(frame)] == [
        "datetime[us, UTC]",
        "datetime[ns]",
        "List(Int8)",
        "date",
    ]


def test_a_lazy_frame_has_no_size():
    """Only what is in memory has a size."""
    assert size_of(pl.LazyFrame(ROWS)) is None
    assert size_of(pl.DataFrame({"n": list(range(1000))})) == 8000


def test_lists_in_pandas_cells_are_compared_too():
    """Cells that Python cannot hash do not stop the count."""
    assert profile(pd.DataFrame({"tags": [["a"], ["a"], ["b"]]})).duplicates == 1


def test_a_shared_hash_is_no_duplicate(monkeypatch):
    """Rows are only told apart by their values, even when all of them hash alike."""
    monkeypatch.setattr(pl.DataFrame, "hash_rows", lambda self: pl.Series([7] * self.height))

    assert profile(pl.DataFrame({"a": [1, 2, 2, 3]})).duplicates == 1


def test_arrow_works_without_duckdb(monkeypatch):
    """DuckDB only makes the count of a pyarrow table faster."""
    monkeypatch.setattr("almenara.quality.duplicates.importlib.util.find_spec", lambda name: None)

    assert profile(pa.table(ROWS)).duplicates == 1


@pytest.mark.parametrize("thing", [[{"a": 1}], {"a": [1]}, None, "sales.csv", pd.Series([1])])
def test_what_is_no_frame_is_refused_by_name(thing):
    """The error says what was given and what may be given."""
    with pytest.raises(UnsupportedFrameError, match="pass a pandas or polars DataFrame"):
        profile(thing)


def test_a_narwhals_frame_is_a_frame():
    """Somebody who already uses narwhals need not unwrap."""
    assert profile(nw.from_native(pl.DataFrame(ROWS)).to_native()).rows == 4

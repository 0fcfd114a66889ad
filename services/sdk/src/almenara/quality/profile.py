"""What a frame holds: rows, nulls per column, duplicates and one score."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from almenara.quality.duplicates import duplicate_rows
from almenara.quality.frames import Frame, single_row, type_name, view


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column; `null_percentage` is 0 to 100, None where there are no rows.

    NaN counts as null in pandas only, as it does there. An `optional` column counts in no score.
    """

    name: str
    type: str
    null_count: int
    null_percentage: float | None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """A frame in numbers; `duplicates` are rows that repeat an earlier one, percentages are 0 to 100.

    Of no rows there are no shares, and nothing that could be good or bad: percentages and scores are None.
    """

    rows: int
    columns: tuple[ColumnProfile, ...]
    duplicates: int

    @property
    def duplicate_percentage(self) -> float | None:
        """Share of the rows that are duplicates."""
        return _percentage(self.duplicates, self.rows)

    @property
    def completeness(self) -> float | None:
        """`100 - mean(null percentage of the columns)`, of those that are not optional."""
        if not self.rows:
            return None
        nulls = [column.null_percentage or 0.0 for column in self.columns if not column.optional]
        return 100.0 - sum(nulls) / len(nulls) if nulls else 100.0

    @property
    def uniqueness(self) -> float | None:
        """`100 - duplicate percentage`."""
        repeated = self.duplicate_percentage
        return None if repeated is None else 100.0 - repeated

    @property
    def score(self) -> float | None:
        """`max(0, 100 - mean(null percentage of the columns) - duplicate percentage)`; 100 is best."""
        complete, repeated = self.completeness, self.duplicate_percentage
        return None if complete is None or repeated is None else max(0.0, complete - repeated)


def profile(frame: Any, *, duplicates: bool = True, optional: Collection[str] = ()) -> Profile:
    """Count the rows, nulls and duplicates of `frame`; `duplicates=False` leaves them uncounted, as 0.

    `optional` names columns that need not be filled.
    A lazy frame is computed, a DuckDB relation two or three times. Raises UnsupportedFrameError.
    """
    viewed = _collected_polars(view(frame))
    schema = viewed.collect_schema()
    rows, nulls = _rows_and_nulls(viewed, schema.names())
    columns = tuple(
        ColumnProfile(name, type_name(dtype), count, _percentage(count, rows), name in optional)
        for (name, dtype), count in zip(schema.items(), nulls, strict=True)
    )
    return Profile(rows, columns, duplicate_rows(viewed) if duplicates and rows > 1 and columns else 0)


def _collected_polars(frame: Frame) -> Frame:
    if isinstance(frame, nw.LazyFrame) and frame.implementation.is_polars():
        return frame.collect()
    return frame


def _rows_and_nulls(frame: Frame, names: list[str]) -> tuple[int, list[int]]:
    if not names:
        return 0, []
    counts = (nw.col(name).null_count().alias(f"nulls{i}") for i, name in enumerate(names))
    rows, *nulls = single_row(frame, nw.len().alias("rows"), *counts)
    return int(rows), [int(count or 0) for count in nulls]


def _percentage(part: int, whole: int) -> float | None:
    return 100.0 * part / whole if whole else None

"""Thresholds for a frame and what comes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import narwhals as nw

from almenara.exceptions import UsageError
from almenara.quality.frames import Frame, single_row, view
from almenara.quality.profile import ColumnProfile, Profile


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One figure of one table, and whether it is as `expected`; "" means that nothing was asked of it.

    `value` is a percentage (0 to 100) for null_percentage, duplicate_percentage and score, None when there
    are no rows; a number of rows for row_count, duplicate_count, unique and accepted_values (rows at fault in
    the last two); and seconds for freshness, None when there is no date at all.
    """

    table: str
    check: str
    column: str | None
    value: float | None
    passed: bool = True
    expected: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)

    def sentence(self) -> str:
        """The figure and what was expected of it."""
        of_column = f" of {self.column}" if self.column else ""
        value = "unknown" if self.value is None else f"{self.value:g}"
        return f"{self.check}{of_column} is {value}, expected {self.expected}"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What is asked of a table.

    `max_null_pct` is one percentage for all columns, or one by column. `unique` names columns, or tuples
    of columns, that are keys. `accepted_values` gives the values a column may have besides null.
    `optional` names columns that need not be filled: their nulls are told, and count neither in the score nor
    against one percentage for all columns.
    `freshness` gives the greatest age of the newest value of a date or datetime column; naive times are UTC.

    Raises UsageError for accepted values that are one text and for an age that is not a timedelta.
    """

    min_rows: int | None = None
    max_null_pct: float | Mapping[str, float] | None = None
    unique: Sequence[str | Sequence[str]] = ()
    accepted_values: Mapping[str, Iterable[Any]] = field(default_factory=dict)
    freshness: Mapping[str, timedelta] = field(default_factory=dict)
    optional: Sequence[str] = ()

    def __post_init__(self) -> None:
        for column, values in self.accepted_values.items():
            if isinstance(values, str | bytes):
                raise UsageError(f"accepted_values of {column} is the text {values!r}; give a list of values")
        for column, age in self.freshness.items():
            if not isinstance(age, timedelta):
                raise UsageError(f"freshness of {column} is {age!r}; give a datetime.timedelta")


def evaluate(
    table: str, profile: Profile, frame: Any, thresholds: Thresholds, *, now: datetime
) -> list[CheckResult]:
    """Every figure of the profile, judged where a threshold exists, and one result for each other threshold.

    Raises ValueError when a threshold names a column that the frame does not have.
    """
    viewed = view(frame)
    _refuse_unknown_columns(table, thresholds, [column.name for column in profile.columns])
    results = list(_profile_results(table, profile, thresholds))
    results += [_unique(table, viewed, profile.rows, key) for key in _keys(thresholds.unique)]
    results += [_accepted(table, viewed, *item) for item in thresholds.accepted_values.items()]
    results += [_fresh(table, viewed, *item, now) for item in thresholds.freshness.items()]
    return results


def _profile_results(table: str, profile: Profile, thresholds: Thresholds) -> Iterator[CheckResult]:
    yield _row_count(table, profile.rows, thresholds.min_rows)
    for column in profile.columns:
        limit = _null_limit(thresholds.max_null_pct, column)
        passed = limit is None or (column.null_percentage or 0.0) <= limit
        expected = "" if limit is None else f"<= {limit:g}"
        yield CheckResult(table, "null_percentage", column.name, column.null_percentage, passed, expected)
    yield CheckResult(table, "duplicate_count", None, profile.duplicates)
    yield CheckResult(table, "duplicate_percentage", None, profile.duplicate_percentage)
    yield CheckResult(table, "score", None, profile.score)


def _row_count(table: str, rows: int, minimum: int | None) -> CheckResult:
    if minimum is None:
        return CheckResult(table, "row_count", None, rows)
    return CheckResult(table, "row_count", None, rows, rows >= minimum, f">= {minimum}")


def _null_limit(limits: float | Mapping[str, float] | None, column: ColumnProfile) -> float | None:
    if isinstance(limits, Mapping):
        return limits.get(column.name)
    return None if column.optional else limits


def _keys(unique: Sequence[str | Sequence[str]]) -> list[list[str]]:
    names = [unique] if isinstance(unique, str) else unique
    return [[key] if isinstance(key, str) else list(key) for key in names]


def _unique(table: str, frame: Frame, rows: int, key: list[str]) -> CheckResult:
    distinct = int(single_row(frame.select(*key).unique(), nw.len().alias("rows"))[0])
    return CheckResult(table, "unique", ", ".join(key), rows - distinct, rows == distinct, "0 repeated keys")


def _accepted(table: str, frame: Frame, column: str, values: Iterable[Any]) -> CheckResult:
    accepted = list(values)
    outside = ~nw.col(column).is_in(accepted) & ~nw.col(column).is_null()
    count = int(single_row(frame.filter(outside), nw.len().alias("rows"))[0])
    listed = ", ".join(map(str, accepted[:10])) + (", ..." if len(accepted) > 10 else "")
    return CheckResult(table, "accepted_values", column, count, count == 0, f"one of {listed}")


def _fresh(table: str, frame: Frame, column: str, limit: timedelta, now: datetime) -> CheckResult:
    newest = _utc(single_row(frame, nw.col(column).max().alias("newest"))[0])
    expected = f"<= {limit.total_seconds():g} s old"
    if newest is None:
        return CheckResult(table, "freshness", column, None, False, expected)
    age = (now.astimezone(UTC) - newest).total_seconds()
    return CheckResult(table, "freshness", column, age, age <= limit.total_seconds(), expected)


def _utc(value: Any) -> datetime | None:
    if value is None or value != value:  # pandas gives NaT, which does not equal itself
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time(), UTC)
    if not isinstance(value, datetime):
        raise ValueError(f"freshness needs a date or datetime column, this one holds {type(value).__name__}")
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _refuse_unknown_columns(table: str, thresholds: Thresholds, known: list[str]) -> None:
    nulls = thresholds.max_null_pct if isinstance(thresholds.max_null_pct, Mapping) else {}
    named = [*nulls, *(name for key in _keys(thresholds.unique) for name in key)]
    named += [*thresholds.accepted_values, *thresholds.freshness, *thresholds.optional]
    for name in named:
        if name not in known:
            raise ValueError(f"table {table} has no column {name!r}; it has {', '.join(known)}")

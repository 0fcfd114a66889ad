"""Thresholds are judged the same for every library."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import polars as pl
import pytest
from tests.sdk.quality.test_profile import every_library

from almenara.quality import CheckResult, Thresholds, evaluate, profile

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ROWS = {
    "id": [1, 2, 2, 4],
    "kind": ["a", "b", "x", None],
    "at": [datetime(2026, 3, 1, 12), datetime(2026, 3, 2, 11), None, None],
}


def judged(frame, thresholds: Thresholds) -> dict[tuple[str, str | None], CheckResult]:
    """The results by check and column."""
    measured = profile(frame, optional=thresholds.optional)
    results = evaluate("sales", measured, frame, thresholds, now=NOW)
    return {(r.check, r.column): r for r in results}


@every_library
def test_figures_without_threshold_pass(make):
    """What nothing is asked of is told and passes."""
    results = judged(make(ROWS), Thresholds())

    assert all(r.passed and r.expected == "" and r.table == "sales" for r in results.values())
    assert results["row_count", None].value == 4
    assert results["null_percentage", "at"].value == 50.0
    assert {"duplicate_count", "duplicate_percentage", "score"} <= {check for check, _ in results}


@every_library
def test_an_optional_column_is_told_and_not_held_against_the_table(make):
    """Its nulls count neither in the score nor against what is asked of all columns, only against its own."""
    frame = make(ROWS)
    told = judged(frame, Thresholds(max_null_pct=30, optional=["at"]))
    assert told["null_percentage", "at"].value == 50.0
    assert [key for key, result in told.items() if not result.passed] == []
    assert told["score", None].value == pytest.approx(100 - 25 / 2)
    assert judged(frame, Thresholds(optional=["id", "kind", "at"]))["score", None].value == 100
    asked = judged(frame, Thresholds(max_null_pct={"at": 40}, optional=["at"]))
    assert not asked["null_percentage", "at"].passed


@every_library
def test_thresholds_fail_what_crosses_them(make):
    """Each kind of threshold finds its fault and says what it expected."""
    results = judged(
        make(ROWS),
        Thresholds(
            min_rows=5,
            max_null_pct=30,
            unique=["id"],
            accepted_values={"kind": ["a", "b"]},
            freshness={"at": timedelta(minutes=30)},
        ),
    )
    failed = {key: (r.value, r.expected) for key, r in results.items() if not r.passed}

    assert failed == {
        ("row_count", None): (4, ">= 5"),
        ("null_percentage", "at"): (50.0, "<= 30"),
        ("unique", "id"): (1, "0 repeated keys"),
        ("accepted_values", "kind"): (1, "one of a, b"),
        ("freshness", "at"): (3600.0, "<= 1800 s old"),
    }


@every_library
def test_thresholds_pass_what_keeps_them(make):
    """On the limit is within it."""
    results = judged(
        make(ROWS),
        Thresholds(
            min_rows=4,
            max_null_pct={"at": 50},
            unique=[("id", "kind")],
            accepted_values={"kind": ["a", "b", "x"]},
            freshness={"at": timedelta(hours=1)},
        ),
    )

    assert all(r.passed for r in results.values())
    assert results["unique", "id, kind"].value == 0
    assert results["null_percentage", "kind"].expected == ""


@pytest.mark.parametrize("at", [[None, None], [pd.NaT, pd.NaT]])
def test_no_date_at_all_is_not_fresh(at):
    """A column without a value has no age and fails."""
    result = judged(pd.DataFrame({"at": pd.to_datetime(at)}), Thresholds(freshness={"at": timedelta(days=1)}))

    assert (result["freshness", "at"].value, result["freshness", "at"].passed) == (None, False)


def test_a_date_is_as_old_as_its_midnight():
    """A date column counts from 0:00 UTC."""
    frame = pl.DataFrame({"day": [date(2026, 3, 2)]})
    result = judged(frame, Thresholds(freshness={"day": timedelta(hours=12)}))["freshness", "day"]

    assert (result.value, result.passed) == (12 * 3600.0, True)


def test_freshness_of_numbers_is_refused():
    """A number has no age."""
    with pytest.raises(ValueError, match="date or datetime"):
        judged(pd.DataFrame({"n": [1]}), Thresholds(freshness={"n": timedelta(days=1)}))


@pytest.mark.parametrize(
    "thresholds",
    [
        Thresholds(max_null_pct={"prize": 1}),
        Thresholds(unique=["prize"]),
        Thresholds(accepted_values={"prize": [1]}),
        Thresholds(freshness={"prize": timedelta(days=1)}),
    ],
)
def test_a_threshold_for_an_unknown_column_is_refused(thresholds):
    """A misspelt column is an error that lists the columns, not a check that passes."""
    with pytest.raises(ValueError, match="no column 'prize'; it has price"):
        judged(pd.DataFrame({"price": [1]}), thresholds)

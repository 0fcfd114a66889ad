"""Log lines as they are shown."""

from __future__ import annotations

from typing import Any

from almenara_platform.logs.model import LogRecord
from almenara_platform.ui.components.log_lines import digits, in_order

WRITTEN = {
    "table": "sales",
    "passed": False,
    "score": 91.5,
    "rows": 7,
    "duplicate_count": 2,
    "failures": ["null_percentage of amount is 50"],
}


def names(fields: dict[str, Any]) -> list[str]:
    """The fields of a line in the order they are shown."""
    return [name for name, _ in in_order(LogRecord(1, "INFO", "quality_check", "job", fields=fields))]


def test_fields_stand_in_one_order() -> None:
    """What says most comes first, in whatever order a store gives the fields."""
    by_name = dict(sorted(WRITTEN.items()))
    assert names(WRITTEN) == names(by_name)
    assert names(by_name) == ["table", "passed", "score", "rows", "failures", "duplicate_count"]


def test_an_error_stands_before_what_else_there_is() -> None:
    """Type and message of an error are not pushed out by fields with an earlier name."""
    fields = {"attempt": 1, "duration_sec": 0.6, "error_message": "no", "error_type": "E", "a": 1}
    assert names(fields)[:2] == ["error_type", "error_message"]
    assert names(fields)[-1] == "a"


def test_fractions_are_short_and_readable() -> None:
    """A rate of millions is a number that people read, not one with an exponent."""
    values = (2376760.41, -1e6, 999999.96, 0.618198123, 1e20)
    assert [digits(value) for value in values] == ["2376760", "-1000000", "1000000", "0.618198", "1e+20"]

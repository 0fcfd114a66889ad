"""Values as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from almenara_platform.runs.model import RunError
from almenara_platform.ui import format as fmt

NOW = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0, "0 s"),
        (3e-9, "3 ns"),
        (0.00008, "80 µs"),
        (0.4504, "450 ms"),
        (0.9996, "1.0 s"),
        (1.24, "1.2 s"),
        (59.949, "59.9 s"),
        (59.96, "1 min 00 s"),
        (184.4, "3 min 04 s"),
        (3599.7, "1 h 00 min"),
        (3720, "1 h 02 min"),
        (180_000, "2 d 2 h"),
        (-1.5, "-1.5 s"),
    ],
)
def test_duration_takes_the_two_largest_units(seconds: float | None, text: str) -> None:
    """A duration reads in the units that matter at its size, and never as sixty of the smaller one."""
    assert fmt.duration(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(None, "–"), (0, "0"), (999, "999"), (1_469_307, "1.47 M"), (24_000, "24.0 k"), (7.2e12, "7.20 T")],
)
def test_compact_keeps_three_digits(number: float | None, text: str) -> None:
    """A compact number shows about three digits and its step."""
    assert fmt.compact(number) == text


def test_count_separates_thousands() -> None:
    """A count is exact and readable."""
    assert fmt.count(1_469_307) == "1,469,307"


@pytest.mark.parametrize(
    ("size", "text"), [(None, "–"), (512, "512 B"), (12_345, "12.3 kB"), (8_400_000, "8.40 MB")]
)
def test_size_is_in_decimal_bytes(size: int | None, text: str) -> None:
    """A size names its unit."""
    assert fmt.size(size) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (100, "100 %"), (98.44, "98.4 %"), (0.02, "0.02 %"), (7.0, "7 %"), (0, "0 %")],
)
def test_percent_uses_the_places_it_needs(value: float | None, text: str) -> None:
    """A small share keeps its digits, a round one shows none."""
    assert fmt.percent(value) == text


@pytest.mark.parametrize(("value", "text"), [(None, "–"), (100, "100"), (99.99, "99.9"), (64.25, "64.2")])
def test_score_is_never_rounded_up_to_perfect(value: float | None, text: str) -> None:
    """Only a perfect score reads 100."""
    assert fmt.score(value) == text


@pytest.mark.parametrize(
    ("check", "value", "text"),
    [
        ("null_percentage", 7.4, "7.4 %"),
        ("row_count", 1_469_307.0, "1,469,307"),
        ("score", 99.96, "99.9"),
        ("freshness_hours", 2.5, "2.50"),
        ("unique", None, "–"),
    ],
)
def test_measured_uses_the_unit_of_the_check(check: str, value: float | None, text: str) -> None:
    """A quality value reads in the unit of its check."""
    assert fmt.measured(check, value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (3, "just now"),
        (45, "45 s ago"),
        (61, "1 min ago"),
        (7300, "2 h ago"),
        (90_000 * 3, "3 d ago"),
        (-5, "just now"),
    ],
)
def test_ago_says_roughly_how_long(seconds: int, text: str) -> None:
    """A past time reads as its largest unit; a clock slightly ahead is no time travel."""
    assert fmt.ago(NOW - timedelta(seconds=seconds), NOW) == text


def test_ago_tells_of_the_future() -> None:
    """A time that lies ahead says so."""
    assert fmt.ago(NOW + timedelta(minutes=3), NOW) == "in 3 min"


def test_absolute_names_its_zone() -> None:
    """A full time is in UTC and says so."""
    elsewhere = datetime.fromisoformat("2026-05-06T14:00:03+02:00")
    assert fmt.absolute(elsewhere) == "2026-05-06 12:00:03 UTC"


def test_clock_of_shows_milliseconds() -> None:
    """A log line's time is exact to the millisecond."""
    assert fmt.clock_of(1_778_068_800_123_999_999) == "12:00:00.123"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (RunError("ValueError", "no such store\nline 2"), "ValueError: no such store"),
        (RunError(None, "\n  no type\n"), "no type"),
        (RunError("KeyError", ""), "KeyError"),
        (RunError(None, " "), ""),
    ],
)
def test_an_error_in_a_line_has_its_type_and_first_line(error: RunError, text: str) -> None:
    """Whatever of the two there is."""
    assert fmt.error_line(error) == text


def test_a_cut_text_has_no_more_than_it_may() -> None:
    """The ellipsis counts, and a text that fits stays as it is."""
    assert [fmt.cut(text, 4) for text in ("", "abcd", "abcde")] == ["", "abcd", "abc…"]

"""How moments are written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from almenara.clock import iso, utc


@pytest.mark.parametrize(
    ("time_ns", "text"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (1_999, "1970-01-01T00:00:00.000001Z"),
        (999_999_999, "1970-01-01T00:00:00.999999Z"),
        (1_769_847_300_000_000_000, "2026-01-31T08:15:00.000000Z"),
        (1_769_847_300_012_345_678, "2026-01-31T08:15:00.012345Z"),
    ],
)
def test_a_moment_is_written_in_utc_with_six_digits_of_its_second(time_ns: int, text: str) -> None:
    """Leading and trailing zeros stay, nanoseconds are cut off."""
    assert iso(time_ns) == text
    assert datetime.fromisoformat(text) == utc(time_ns).astimezone(UTC)

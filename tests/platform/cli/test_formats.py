"""How values read at a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from almenara_platform.cli.formats import cut, duration, local_time, measured


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"),
        (0, "0 s"),
        (42e-9, "42 ns"),
        (190e-6, "190 µs"),
        (0.9996e-3, "1 ms"),
        (0.0123, "12.3 ms"),
        (0.25, "250 ms"),
        (0.9996, "1.0 s"),
        (59.96, "1 min 0 s"),
        (612.286, "10 min 12 s"),
        (11_520, "3 h 12 min"),
        (352_800, "4 d 2 h"),
        (-2, "-2.0 s"),
    ],
)
def test_durations(seconds: float | None, text: str) -> None:
    """In the units that people count in; what took time never reads as nothing."""
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (612.286, "s", "10 min 12 s"),
        (834_943.59, "records", "834,944"),
        (-16_567.2, "%", "-16,567"),
        (99.954, "%", "99.954"),
        (0, "runs", "0"),
        (None, "records", "-"),
    ],
)
def test_measurements(value: float | None, unit: str, text: str) -> None:
    """Seconds read as durations; a fraction is told only where it matters."""
    assert measured(value, unit) == text


@pytest.fixture
def in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine in the zone JST, nine hours before UTC."""
    monkeypatch.setenv("TZ", "JST-9")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_tokyo")
def test_times_name_their_zone() -> None:
    """The API answers in UTC; a time of day without its zone would be taken for either."""
    assert local_time("2026-01-02T03:04:05.000000Z") == "2026-01-02 12:04:05 JST"
    assert local_time(None) == "-"


def test_what_is_cut_says_so() -> None:
    """The ellipsis counts as a character."""
    assert cut("abcd", 4) == "abcd"
    assert cut("abcde", 4) == "abc…"

"""Numbers with the thing that they count."""

from __future__ import annotations

import pytest

from almenara_platform.counting import counted


@pytest.mark.parametrize(
    ("number", "told"),
    [(0, "0 datasets"), (1, "1 dataset"), (1.0, "1 dataset"), (2_000, "2,000 datasets")],
)
def test_what_is_counted_stands_in_its_number(number: float, told: str) -> None:
    """One is one, and nothing is many."""
    assert counted(number, "dataset") == told

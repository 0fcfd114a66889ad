"""Quantiles of Student's t beside printed tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from almenara_platform.traces.student import quantile


@pytest.mark.parametrize(
    ("probability", "freedom", "expected"),
    [
        # Tables in any textbook; six decimals.
        (0.975, 1, 12.706205),
        (0.975, 2, 4.302653),
        (0.975, 5, 2.570582),
        (0.975, 10, 2.228139),
        (0.975, 30, 2.042272),
        (0.975, 120, 1.979930),
        (0.95, 1, 6.313752),
        (0.95, 10, 1.812461),
        (0.995, 3, 5.840909),
        (0.995, 60, 2.660283),
        # The last row of the tables: the normal distribution.
        (0.975, 1e6, 1.959966),
        (0.975, 1e12, 1.96),
    ],
)
def test_quantiles_are_those_of_the_tables(probability: float, freedom: float, expected: float) -> None:
    """Each printed value comes out with all its decimals; there is an answer for any freedom."""
    tolerance = 0.01 if freedom > 1e6 else 6e-7
    assert quantile(probability, freedom) == pytest.approx(expected, abs=tolerance)


@given(st.floats(1, 1e5), st.floats(1, 1e5))
def test_more_freedom_means_a_nearer_quantile(one: float, other: float) -> None:
    """Also between whole numbers the quantile falls with freedom, from that of 1 to the normal one."""
    less, more = sorted((one, other))
    assert 1.959963 < quantile(0.975, more) <= quantile(0.975, less) + 1e-8 <= 12.7062048

"""How many runs an objective stands on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from almenara_platform.slo.measured import Measured, Pieces, Spent
from almenara_platform.slo.sample import Sample, sample_of
from almenara_platform.slo.sli import Freshness, LatencyThreshold, RunRatio, Sli

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def measured(*bad: bool) -> Measured:
    """One run a value."""
    return Pieces(tuple(Spent(NOON, NOON, 1, each, None) for each in bad))


@pytest.mark.parametrize("sli", [RunRatio(), LatencyThreshold(1800)])
def test_runs_are_counted(sli: Sli) -> None:
    """All of them, and those that were bad."""
    assert sample_of(sli, measured(True, False, False), 0.01) == Sample(3, 1, 0.01)


@pytest.mark.parametrize(("sli", "of"), [(Freshness(60), measured(True)), (RunRatio(), measured())])
def test_where_no_runs_are_counted_there_is_no_sample(sli: Sli, of: Measured) -> None:
    """Time is no run, and nothing is no sample."""
    assert sample_of(sli, of, 0.01) is None


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        (Sample(1, 0, 0.01), "0 of 1 run were bad; among so few one bad run takes the whole budget"),
        (Sample(99, 1, 0.01), "1 of 99 runs was bad; among so few one bad run takes the whole budget"),
        (Sample(100, 2, 0.01), "2 of 100 runs were bad"),
    ],
)
def test_a_sample_is_small_while_one_run_takes_the_budget(sample: Sample, words: str) -> None:
    """With an objective of 99 % that ends with the hundredth run."""
    assert sample.in_words == words

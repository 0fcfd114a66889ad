"""SLIs from run records: exact counts, and the same numbers that the rules give Prometheus."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from tests.platform.events import NOON
from tests.platform.slo.histories import Past, series, stored
from tests.rules.promtool import RuleTest, run_promtool

from almenara_platform.slo.duration import parse_duration
from almenara_platform.slo.from_runs import RunRecordSource
from almenara_platform.slo.generate import render
from almenara_platform.slo.model import Origin, Slo
from almenara_platform.slo.rules import rule_groups
from almenara_platform.slo.sli import Freshness, LatencyThreshold, QualityThreshold, RunRatio, Sli

MONTH = [
    *(Past(24 * day) for day in range(8)),
    Past(24 * 8, score=80),
    *(Past(24 * day) for day in range(9, 12)),
    Past(24 * 12, outcome="FAIL"),
    *(Past(24 * day) for day in range(13, 20)),
    Past(24 * 20, minutes=40),
    *(Past(24 * day) for day in range(21, 25)),
    *(Past(24 * day) for day in range(26, 29)),
    Past(24 * 29, outcome="FAIL", score=90),
]
"""A daily job: poor data on day 8, failed on days 12 and 29, slow on day 20, forgotten on day 25."""

KINDS: dict[str, Sli] = {
    "runs": RunRatio(),
    "duration": LatencyThreshold(1800),
    "freshness": Freshness(26 * 3600),
    "quality": QualityThreshold(95),
}


EVALUATION_SECONDS = 3600


def slo(name: str, period: str = "30d") -> Slo:
    """An objective of 99 % of the kind that is called so."""
    return Slo("ventas_etl", name, 99, KINDS[name], Origin(Path("test.yaml"), 1), team="t", period=period)


def error_ratio(name: str, runs: list[Past], since: float, until: float) -> float:
    """The error ratio between two hours after the beginning."""
    begin, end = (NOON + timedelta(hours=hours) for hours in (since, until))
    return RunRecordSource(stored(runs)).measured(slo(name), begin, end).error_ratio


class TestExact:
    """What is counted."""

    def test_run_ratio(self) -> None:
        """Two of 29 runs did not complete."""
        assert error_ratio("runs", MONTH, -1, 30 * 24) == pytest.approx(2 / 29)

    def test_latency(self) -> None:
        """A slow run and the failed ones are not under 30 minutes."""
        assert error_ratio("duration", MONTH, -1, 30 * 24) == pytest.approx(3 / 29)

    def test_a_run_counts_when_it_ends(self) -> None:
        """A run that began before the window and ended in it counts, one that ends after it does not."""
        assert error_ratio("runs", [Past(0, minutes=120, outcome="FAIL")], 1, 3) == 1
        assert error_ratio("runs", [Past(0, minutes=120, outcome="FAIL")], 1, 1.5) == 0

    def test_freshness(self) -> None:
        """Stale from 26 hours after a success until the next: day 12's failure costs 22 hours."""
        assert error_ratio("freshness", MONTH, 24 * 11, 24 * 14) == pytest.approx(22 / 72, abs=0.003)

    def test_freshness_knows_a_success_from_before_the_window(self) -> None:
        """A last success long before the window makes all of the window stale."""
        assert error_ratio("freshness", [Past(0)], 24 * 20, 24 * 21) == 1

    def test_time_before_the_first_run_is_not_measured(self) -> None:
        """A pipeline that is one hour old was fresh all of its life."""
        assert error_ratio("freshness", [Past(24)], 0, 25) == 0

    def test_quality(self) -> None:
        """A day with a poor score is bad until the next check."""
        assert error_ratio("quality", MONTH, 24 * 8, 24 * 10) == pytest.approx(24 / 48, abs=0.005)

    def test_a_table_without_rows_leaves_the_last_score(self) -> None:
        """A poor score from before the window stands until there are rows to judge again."""
        runs = [Past(0, score=80), Past(24, score=None), Past(24 * 20.5)]
        assert error_ratio("quality", runs, 24 * 20, 24 * 21) == pytest.approx(0.5, abs=0.01)

    @pytest.mark.parametrize("name", ["freshness", "quality"])
    def test_time_is_told_in_stretches(self, name: str) -> None:
        """All of the time is measured; the bad stretches lie in it one by one and sum to what is bad."""
        begin, end = NOON + timedelta(hours=1), NOON + timedelta(days=30)
        measured = RunRecordSource(stored(MONTH)).measured(slo(name), begin, end)
        bad = measured.costs
        assert all(one.at <= other.since for one, other in pairwise(bad))
        assert begin <= bad[0].since and bad[-1].at <= end
        assert measured.bad == sum((each.at - each.since).total_seconds() for each in bad) > 0
        assert all(each.bad and each.amount == (each.at - each.since).total_seconds() for each in bad)
        assert (measured.begin, measured.total) == (begin, (end - begin).total_seconds())

    def test_nothing_happened(self) -> None:
        """No run, no error."""
        assert [error_ratio(name, [], 0, 24) for name in KINDS] == [0, 0, 0, 0]


@pytest.mark.promtool
@pytest.mark.parametrize("name", KINDS)
def test_both_ways_agree(name: str, tmp_path: Path) -> None:
    """One history through run records and through PromQL gives the same ratios, to within one sample."""
    hours = 30 * 24 - 1
    exact = RunRecordSource(stored(MONTH)).standing(slo(name), NOON + timedelta(hours=hours)).error_ratios
    rules = tmp_path / "rules.yml"
    rules.write_text(render("test", rule_groups(slo(name), alerts=False)))
    test = RuleTest("5m", series(MONTH, hours))
    for window in ("6h", "1d", "3d", "30d"):
        one_sample = EVALUATION_SECONDS / parse_duration(window)
        tolerance = one_sample if isinstance(KINDS[name], Freshness | QualityThreshold) else 1e-9
        recorded = f'slo:sli_error:ratio_rate{window}{{slo_id="ventas_etl-{name}"}}'
        test.expect(f"max(abs({recorded} - {exact[window]})) <= bool {tolerance}", f"{hours}h", {"{}": 1})
    run_promtool(tmp_path, [rules], [test], f"{EVALUATION_SECONDS}s")

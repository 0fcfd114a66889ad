"""Simulated histories: 30 days at 5 minutes for budgets, hours at 1 minute for the timing of alerts."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.rules.promtool import RuleTest, groups_of, run_promtool, staircase, steps

pytestmark = pytest.mark.promtool

DAY = 288
"""Samples of a day at 5 minutes."""
MONTH = 30 * DAY
NAN_SERIES = 'count({__name__=~"slo:.+"}) - count({__name__=~"slo:.+"} < Inf)'
PAGE = 'count(ALERTS{alertname="SLOBudgetBurn",alertstate="firing",slo_severity="page",slo_id="%s"})'
TICKET = 'count(ALERTS{alertname="SLOBudgetBurn",alertstate="firing",slo_severity="ticket",slo_id="%s"})'


def runs(pipeline: str, complete: str, fail: str) -> dict[str, str]:
    """The metrics of a pipeline whose complete runs are all fast and whose failed ones count as slow."""
    durations = f'pipeline_run_duration_seconds_%s{{pipeline="{pipeline}",outcome="%s"%s}}'
    return {
        f'pipeline_runs_total{{pipeline="{pipeline}",outcome="complete"}}': complete,
        f'pipeline_runs_total{{pipeline="{pipeline}",outcome="fail"}}': fail,
        durations % ("bucket", "complete", ',le="1800.0"'): complete,
        durations % ("count", "complete", ""): complete,
        durations % ("count", "fail", ""): fail,
    }


def remaining(slo: str) -> str:
    """The budget left of an SLO, rounded to a hundredth."""
    return f'round(slo:period_error_budget_remaining:ratio{{slo_id="{slo}"}}, 0.01)'


def days_of_a_daily_job(failing_days: set[int], outcome: str) -> str:
    """A counter of one run a day at 5 minutes a sample; the runs of ``failing_days`` (from 0) fail."""
    failed = [day in failing_days for day in range(30)]
    counts = [float(fail) if outcome == "fail" else float(not fail) for fail in failed]
    return staircase(DAY, counts[:29])


class TestBudgets:
    """What is left of a budget after 30 days."""

    def test_stream(self, enabled_rules: Path, tmp_path: Path) -> None:
        """A stream of 10 events/s with 0.05 % errors has half of its 0.1 % budget left, at every moment."""
        slo = "streaming_kafka-errors"
        series = {
            'events_processed_total{pipeline="streaming_kafka",stage="consume"}': f"0+3000x{MONTH}",
            'errors_total{pipeline="streaming_kafka",stage="consume",error_type="E"}': f"0+1.5x{MONTH}",
        }
        test = RuleTest("5m", series)
        for at in ("10d", "20d", "30d"):
            test.expect_value(remaining(slo), at, 0.5).expect(NAN_SERIES, at, {"{}": 0})
            test.expect(TICKET % slo, at, {}).expect(PAGE % slo, at, {})
        rules = groups_of(enabled_rules, "streaming_kafka-errors", tmp_path)
        run_promtool(tmp_path, [rules], [test], "1h")

    def test_hourly_job(self, enabled_rules: Path, tmp_path: Path) -> None:
        """An hourly job with 2 failures in 720 runs has spent 2 / 3.6 of a 0.5 % budget."""
        failing = {100, 400}
        complete = staircase(12, [float(hour not in failing) for hour in range(719)])
        fail = staircase(12, [float(hour in failing) for hour in range(719)])
        test = RuleTest("5m", runs("ml_training", complete, fail))
        test.expect_value(remaining("ml_training-availability"), "30d", 0.44).expect(
            NAN_SERIES, "30d", {"{}": 0}
        )
        test.expect_value(remaining("ml_training-availability"), "5d12h", round(1 - 1 / 132 / 0.005, 2))
        rules = groups_of(enabled_rules, "ml_training-availability", tmp_path)
        run_promtool(tmp_path, [rules], [test], "1h")

    def test_daily_job(self, enabled_rules: Path, tmp_path: Path) -> None:
        """A daily job with one failure in 29 runs has spent 3.4 budgets; nothing is NaN between its runs."""
        series = runs("ventas_etl", *(days_of_a_daily_job({12}, outcome) for outcome in ("complete", "fail")))
        test = RuleTest("5m", series)
        test.expect_value(remaining("ventas_etl-duration"), "29d23h", -2.45)
        for at in ("12h", "1d", "12d12h", "20d", "29d"):
            test.expect(NAN_SERIES, at, {"{}": 0})
        test.expect_value('slo:sli_error:ratio_rate1h{slo_id="ventas_etl-duration"}', "20d12h", 0)
        rules = groups_of(enabled_rules, "ventas_etl-duration", tmp_path)
        run_promtool(tmp_path, [rules], [test], "1h")

    def test_a_job_that_dies_on_day_20(self, enabled_rules: Path, tmp_path: Path) -> None:
        """A daily job that dies on day 20 is stale 26 hours later: 8.9 of 30 days are bad, the page fires."""
        successes = steps(*((day * 86_400, DAY) for day in range(20)), (20 * 86_400, 10 * DAY + 1))
        series = {'pipeline_last_success_timestamp_seconds{pipeline="ventas_etl"}': successes}
        slo = "ventas_etl-freshness"
        test = RuleTest("5m", series)
        test.expect_value(remaining(slo), "20d", 1).expect(PAGE % slo, "21d", {})
        test.expect_value(f'round(slo:sli_error:ratio_rate30d{{slo_id="{slo}"}}, 0.01)', "30d", 0.3)
        test.expect_value(PAGE % slo, "21d4h", 1).expect(TICKET % slo, "21d4h", {})
        test.expect(NAN_SERIES, "30d", {"{}": 0})
        rules = groups_of(enabled_rules, "ventas_etl-freshness", tmp_path)
        run_promtool(tmp_path, [rules], [test], "1h")

    def test_a_job_that_never_ran(self, enabled_rules: Path, tmp_path: Path) -> None:
        """Without a single run no SLI exists and no burn alert fires; objectives are known all the same."""
        test = RuleTest("5m", {'up{job="platform"}': f"1x{2 * DAY}"})
        test.expect('{__name__=~"slo:sli_.*"}', "2d", {}).expect("ALERTS", "2d", {})
        test.expect("count(slo:objective:ratio)", "2d", {"{}": 3})
        test.expect(NAN_SERIES, "2d", {"{}": 0})
        run_promtool(tmp_path, [enabled_rules / "slo-ventas_etl.yml"], [test], "1h")

    def test_quality(self, enabled_rules: Path, tmp_path: Path) -> None:
        """Three hours under 95 of 100 in 30 days are 42 % of a 1 % budget; the worst table counts."""
        series = {
            'data_quality_score{pipeline="ventas_etl",table="sales",check_type="overall"}': f"99x{MONTH}",
            'data_quality_score{pipeline="ventas_etl",table="products",check_type="overall"}': steps(
                (96, 10 * DAY), (94.9, 36), (95, MONTH - 10 * DAY - 36)
            ),
        }
        test = RuleTest("5m", series)
        test.expect_value(remaining("ventas_etl-quality"), "30d", 0.58)
        rules = groups_of(enabled_rules, "ventas_etl-quality", tmp_path)
        run_promtool(tmp_path, [rules], [test], "1h")


class TestTiming:
    """When alerts fire, at a minute's resolution."""

    def test_the_fast_page(self, enabled_rules: Path, tmp_path: Path) -> None:
        """A stream at 20 times its budget pages once the hour's window is over 14.4: within 45 minutes."""
        slo = "streaming_kafka-errors"
        series = {
            'events_processed_total{pipeline="streaming_kafka",stage="s"}': "0+600x400",
            'errors_total{pipeline="streaming_kafka",stage="s",error_type="E"}': "0x120 0+12x60 720x220",
        }
        test = RuleTest("1m", series)
        test.expect(PAGE % slo, "160m", {}).expect_value(PAGE % slo, "166m", 1)
        # Five minutes after the errors stop, so does the page.
        test.expect_value(PAGE % slo, "181m", 1).expect(PAGE % slo, "230m", {})
        run_promtool(tmp_path, [enabled_rules / "slo-streaming_kafka.yml"], [test], "1m")

    def test_total_failure_pages_within_minutes(self, enabled_rules: Path, tmp_path: Path) -> None:
        """A stream that fails entirely pages within two minutes, and no ticket stands beside the page."""
        slo = "streaming_kafka-errors"
        series = {
            'events_processed_total{pipeline="streaming_kafka",stage="s"}': "0+600x400",
            'errors_total{pipeline="streaming_kafka",stage="s",error_type="E"}': "0x120 0+600x280",
        }
        test = RuleTest("1m", series)
        test.expect(PAGE % slo, "120m", {}).expect_value(PAGE % slo, "123m", 1)
        for at in range(121, 400, 9):
            test.expect(f"{TICKET % slo} and on() {PAGE % slo}", f"{at}m", {})
        run_promtool(tmp_path, [enabled_rules / "slo-streaming_kafka.yml"], [test], "1m")

    @pytest.mark.parametrize("processed", ["0+600x120 72000x280", "_x400"])
    def test_a_stream_that_only_fails_pages(
        self, processed: str, enabled_rules: Path, tmp_path: Path
    ) -> None:
        """What fails before it is counted burns the whole budget, and nothing is divided by 0."""
        slo = "streaming_kafka-errors"
        series = {
            'events_processed_total{pipeline="streaming_kafka",stage="s"}': processed,
            'errors_total{pipeline="streaming_kafka",stage="s",error_type="E"}': "0x120 0+60x280",
        }
        test = RuleTest("1m", series)
        test.expect(PAGE % slo, "120m", {}).expect_value(PAGE % slo, "130m", 1)
        test.expect_value(f'slo:sli_error:ratio_rate5m{{slo_id="{slo}"}}', "130m", 1)
        test.expect(NAN_SERIES, "130m", {"{}": 0})
        run_promtool(tmp_path, [enabled_rules / "slo-streaming_kafka.yml"], [test], "1m")

    def test_a_slow_burn_is_a_ticket(self, enabled_rules: Path, tmp_path: Path) -> None:
        """Burning at twice the allowed speed is a ticket and never a page."""
        slo = "streaming_kafka-errors"
        series = {
            'events_processed_total{pipeline="streaming_kafka",stage="s"}': "0+1000x1500",
            'errors_total{pipeline="streaming_kafka",stage="s",error_type="E"}': "0+2x1500",
        }
        test = RuleTest("1m", series)
        for at in ("5h", "12h", "1d"):
            test.expect_value(TICKET % slo, at, 1).expect(PAGE % slo, at, {})
        run_promtool(tmp_path, [enabled_rules / "slo-streaming_kafka.yml"], [test], "5m")

    def test_an_empty_night_is_quiet(self, enabled_rules: Path, tmp_path: Path) -> None:
        """A stream that stops overnight burns nothing: every ratio is 0 and no alert fires."""
        series = {
            'events_processed_total{pipeline="streaming_kafka",stage="s"}': steps((0, 2))
            + " 600+600x60 36600x600",
            'errors_total{pipeline="streaming_kafka",stage="s",error_type="E"}': "0x661",
        }
        test = RuleTest("1m", series)
        test.expect_value('slo:sli_error:ratio_rate5m{slo_id="streaming_kafka-errors"}', "10h", 0)
        test.expect("ALERTS", "10h", {}).expect(NAN_SERIES, "10h", {"{}": 0})
        run_promtool(tmp_path, [enabled_rules / "slo-streaming_kafka.yml"], [test], "5m")

    @pytest.mark.parametrize(
        ("fail", "why"),
        [
            ("4x30 _x10 5x40", "the platform was away while the run failed, and its counter went on"),
            ("4x30 _x10 0x10 1x30", "the counters began again at zero"),
            ("0x40 1x40", "the very first failure of a pipeline that was known"),
        ],
    )
    def test_a_first_failure_after_a_restart_is_seen(
        self, fail: str, why: str, enabled_rules: Path, tmp_path: Path
    ) -> None:
        """The failure of a daily run pages within minutes, whatever the counters did around it."""
        complete = "9x30 _x10 9x40" if "_" in fail else "9x80"
        test = RuleTest("1m", runs("ventas_etl", complete, fail))
        test.expect_value(f"max_over_time(({PAGE % 'ventas_etl-duration'})[40m:1m])", "70m", 1)
        test.expect_value('slo:sli_error:ratio_rate1h{slo_id="ventas_etl-duration"} > bool 0.99', "60m", 1)
        rules = groups_of(enabled_rules, "ventas_etl-duration", tmp_path)
        run_promtool(tmp_path, [rules], [test], "1m")

    def test_a_stale_pipeline_pages_in_minutes(self, enabled_rules: Path, tmp_path: Path) -> None:
        """26 hours after the last success the page fires within ten minutes, with no ticket beside it."""
        slo = "ventas_etl-freshness"
        test = RuleTest(
            "1m", {'pipeline_last_success_timestamp_seconds{pipeline="ventas_etl"}': "-90000x120"}
        )
        test.expect(PAGE % slo, "60m", {}).expect_value(PAGE % slo, "70m", 1).expect(TICKET % slo, "70m", {})
        rules = groups_of(enabled_rules, "ventas_etl-freshness", tmp_path)
        run_promtool(tmp_path, [rules], [test], "1m")

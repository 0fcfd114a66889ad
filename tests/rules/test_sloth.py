"""A Sloth file gives the values that Sloth's own output gives, on the same series."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.rules.promtool import RuleTest, run_promtool, steps

from almenara_platform.slo.generate import render
from almenara_platform.slo.load import load_slos
from almenara_platform.slo.rules import rule_groups
from almenara_platform.slo.windows import RECORDED

FIXTURES = Path(__file__).parent / "sloth"
pytestmark = pytest.mark.promtool


def both(name: str, folder: Path) -> list[Path]:
    """Sloth's published rules, and ours from the same spec."""
    slos = load_slos([FIXTURES / f"{name}.spec.yml"], retention_seconds=35 * 86_400)
    ours = folder / "ours.yml"
    ours.write_text(render(name, [group for slo in slos for group in rule_groups(slo)]))
    return [FIXTURES / f"{name}.rules.yml", ours]


def same(record: str, slo: str) -> str:
    """PromQL that is the difference between Sloth's series and ours, 0 when they agree."""
    return f'abs(max({record}{{sloth_id="{slo}"}}) - max({record}{{slo_id="{slo}"}})) < bool 1e-9'


REQUESTS = {
    'http_request_duration_seconds_count{job="myservice",code="200",instance="a"}': "0+600x720",
    'http_request_duration_seconds_count{job="myservice",code="500",instance="a"}': (
        steps((0, 120)) + " 0+60x60 3600x60 3600+1x479"
    ),
    'http_request_duration_seconds_count{job="myservice",code="429",instance="b"}': "0+0.6x720",
}
WIFI = {
    f'unifipoller_client_satisfaction_ratio{{client="{client}"}}': values
    for client, values in {
        "a": "0.9x720",
        "b": "0.9x300 0.6x120 0.9x300",
        "c": "0.9x400 0.4x30 0.9x290",
    }.items()
}
APISERVER = {
    'apiserver_request_total{code="200"}': "0+300x720",
    'apiserver_request_total{code="503"}': "0x300 0+9x420",
    'apiserver_request_duration_seconds_count{verb="GET"}': "0+300x720",
    'apiserver_request_duration_seconds_bucket{verb="GET",le="0.4"}': "0+300x300 90000+250x420",
}
CASES = {
    "getting-started": (REQUESTS, ["myservice-requests-availability"]),
    "home-wifi": (
        WIFI,
        ["home-wifi-good-wifi-client-satisfaction", "home-wifi-risk-wifi-client-satisfaction"],
    ),
    "kubernetes-apiserver": (
        APISERVER,
        ["k8s-apiserver-requests-availability", "k8s-apiserver-requests-latency"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_recordings_equal_sloths(name: str, tmp_path: Path) -> None:
    """Every SLI window, budget and burn rate of Sloth's published examples has Sloth's value."""
    series, slos = CASES[name]
    records = [f"slo:sli_error:ratio_rate{window}" for window in RECORDED]
    records += ["slo:objective:ratio", "slo:error_budget:ratio", "slo:time_period:days"]
    test = RuleTest("1m", series)
    for slo in slos:
        for at in ("2h30m", "7h10m", "12h"):
            for record in [*records, "slo:current_burn_rate:ratio"]:
                test.expect(same(record, slo), at, {"{}": 1})
    run_promtool(tmp_path, both(name, tmp_path), [test], "5m")


def test_the_period_equals_sloths_on_even_traffic(tmp_path: Path) -> None:
    """With even traffic Sloth's mean of ratios and our ratio of sums are the same over 30 days."""
    series = {
        'http_request_duration_seconds_count{job="myservice",code="200"}': "0+599x400",
        'http_request_duration_seconds_count{job="myservice",code="500"}': "0+1x400",
    }
    slo = "myservice-requests-availability"
    test = RuleTest("1m", series)
    for record in ("slo:sli_error:ratio_rate30d", "slo:period_error_budget_remaining:ratio"):
        test.expect(
            f'abs(max({record}{{sloth_id="{slo}"}}) / max({record}{{slo_id="{slo}"}}) - 1) < bool 1e-6',
            "6h",
            {"{}": 1},
        )
    run_promtool(tmp_path, both("getting-started", tmp_path), [test], "5m")


def test_the_period_counts_events_on_uneven_traffic(tmp_path: Path) -> None:
    """An hour of 60 failed requests weighs 60 requests; a mean of ratios counts it as half of all."""
    series = {
        'http_request_duration_seconds_count{job="myservice",code="200"}': "0+1000x60 60000x60",
        'http_request_duration_seconds_count{job="myservice",code="500"}': "0x60 0+1x60",
    }
    own = '{slo_id="myservice-requests-availability"}'
    test = RuleTest("1m", series)
    test.expect(f"max(slo:sli_error:ratio_rate30d{own}) < bool 0.0011", "2h", {"{}": 1})
    theirs = own.replace("slo_id", "sloth_id")
    test.expect(f"max(slo:sli_error:ratio_rate30d{theirs}) > bool 0.4", "2h", {"{}": 1})
    run_promtool(tmp_path, both("getting-started", tmp_path), [test], "5m")


def test_pages_fire_when_sloths_do(tmp_path: Path) -> None:
    """The page fires and ends at the same evaluations as Sloth's; our ticket is silent while a page fires."""
    page = 'ALERTS{alertname="MyServiceHighErrorRate",alertstate="firing",%s="page"}'
    ticket = 'ALERTS{alertname="MyServiceHighErrorRate",alertstate="firing",slo_severity="ticket"}'
    test = RuleTest("1m", REQUESTS)
    for at in range(90, 720, 15):
        theirs, ours = (
            f"(count({page % label}) or vector(0))" for label in ("sloth_severity", "slo_severity")
        )
        test.expect(f"{theirs} == bool {ours}", f"{at}m", {"{}": 1})
        test.expect(f"count({ticket}) and on() {page % 'slo_severity'}", f"{at}m", {})
    run_promtool(tmp_path, both("getting-started", tmp_path), [test], "1m")

"""The pages SLOs, Alerts and Runbook in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from almenara_platform.alerts.model import Alert, Reach
from almenara_platform.alerts.reach import NoLineage
from almenara_platform.clock import system_clock
from almenara_platform.reliability import Reliability, unwatched
from almenara_platform.runbooks import Runbooks
from almenara_platform.slo.from_prometheus import PrometheusSource
from almenara_platform.slo.from_runs import RunRecordSource
from almenara_platform.slo.load import load_slos
from almenara_platform.slo.pipelines import load_pipelines
from almenara_platform.slo.status import Objectives

from .conftest import Served, serving
from .story import Telling, memory_platform, tell

pytestmark = pytest.mark.chromium
REACH = Reach(("retail/daily_sales",), ("sales_report",), ("bi-team",))


class Downstream(NoLineage):
    """Knows whom ventas_etl reaches, and of no other pipeline."""

    def of(self, pipeline: str) -> Reach:
        """Its reach."""
        return REACH if pipeline == "ventas_etl" else super().of(pipeline)


def ago(**length: float) -> datetime:
    """A time before now."""
    return datetime.now(UTC) - timedelta(**length)


def alert(name: str, minutes: float, **more: object) -> Alert:
    """An alert of ventas_etl that began so many minutes ago."""
    labels = {"alertname": name, "pipeline": "ventas_etl", "severity": "critical"}
    texts = {"summary": f"ventas_etl: {name} summary", "description": "what it means"}
    plain = Alert(name, ago(minutes=minutes), None, ago(seconds=20), labels, texts, REACH)
    return replace(plain, **more)


@pytest.fixture
def watched(checkout: Path) -> Iterator[tuple[Served, Reliability]]:
    """A console with the project's objectives and runbooks."""
    platform = memory_platform()
    plain = unwatched(platform.lineage, system_clock)
    slos = load_slos([checkout / "config/slos"], 35 * 86_400)
    config = load_pipelines(checkout / "config/pipelines.yaml")
    sources = RunRecordSource(platform.lineage), PrometheusSource(plain.prometheus)
    objectives = Objectives(slos, config, *sources, system_clock)
    runbooks = Runbooks(checkout / "docs/runbooks")
    watch = replace(plain, objectives=objectives, runbooks=runbooks, radius=Downstream())
    with serving(platform, watch) as served:
        yield served, watch


def test_objectives_are_listed_and_explained(watched: tuple[Served, Reliability], page: Page) -> None:
    """The list leads to an objective with its burn-down and the run that cost most."""
    served, _ = watched
    failed = Telling(2, ago(hours=2), state="FAIL")
    tell(served.platform, Telling(1, ago(hours=5)), failed)
    page.goto(f"{served.url}/slos")
    table = page.get_by_role("table", name="Objectives")
    row = table.get_by_role("row").filter(has_text="ventas_etl-duration")
    for text in ("Budget gone", "50 %", "1 of 2 bad", "99 %", "few runs", "gone"):
        expect(row).to_contain_text(text)
    expect(table.get_by_role("row").filter(has_text="streaming_kafka")).to_contain_text("Not enabled")
    row.get_by_role("link", name="ventas_etl-duration").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ventas_etl-duration")
    expect(page.get_by_role("img", name="Error budget left over time")).to_be_visible()
    expect(page.get_by_role("note")).to_contain_text("1 of 2 runs was bad; among so few")
    costs = page.get_by_role("table", name="What burnt the budget").get_by_role("row").nth(1)
    expect(costs).to_contain_text("Failed")
    expect(costs.get_by_role("link").first).to_have_attribute("href", f"/runs/{failed.run_id}")


def test_an_objective_shows_whom_it_reaches(watched: tuple[Served, Reliability], page: Page) -> None:
    """The page that an alert on a budget leads to has the blast radius of its pipeline."""
    served, _ = watched
    page.goto(f"{served.url}/slos/ventas_etl-freshness")
    radius = page.get_by_role("region", name="Blast radius of ventas_etl")
    for text in ("bi-team", "sales_report", "retail/daily_sales"):
        expect(radius).to_contain_text(text)
    page.goto(f"{served.url}/slos/all-duration")
    expect(page.get_by_role("region", name="Blast radius of all")).to_contain_text("all pipelines")


def test_an_objective_that_needs_prometheus_says_so(watched: tuple[Served, Reliability], page: Page) -> None:
    """The page explains why there is nothing to see; an unknown one is not found."""
    served, _ = watched
    page.goto(f"{served.url}/slos/streaming_kafka-errors")
    expect(page.get_by_role("note")).to_contain_text("needs Prometheus")
    answer = page.goto(f"{served.url}/slos/nope")
    assert answer
    assert answer.status == 404


def test_alerts_show_whom_they_reach(watched: tuple[Served, Reliability], page: Page) -> None:
    """Firing alerts come first, with blast radius, runs and runbook; a new one appears without a reload."""
    served, watch = watched
    failed = Telling(1, ago(minutes=10), state="FAIL")
    tell(served.platform, failed)
    page.goto(f"{served.url}/alerts")
    expect(page.get_by_text("All quiet")).to_be_visible()
    expect(page.get_by_text("no Alertmanager has reported yet")).to_be_visible()
    resolved = alert("RunLate", 60, ends_at=ago(minutes=30))
    watch.alerts.record(
        [resolved, alert("RunFailed", 5), alert("Watchdog", 90, labels={"alertname": "Watchdog"})]
    )
    rows = page.get_by_role("table", name="Alerts", exact=True).get_by_role("row")
    expect(rows.nth(1)).to_contain_text("RunFailed")
    expect(rows.nth(2)).to_contain_text("Resolved")
    radius = page.get_by_role("region", name="Blast radius of ventas_etl")
    for text in ("bi-team", "sales_report", "retail/daily_sales"):
        expect(radius).to_contain_text(text)
    expect(radius.get_by_role("table").get_by_role("link").first).to_have_attribute(
        "href", f"/runs/{failed.run_id}"
    )
    expect(page.get_by_text("Alertmanager was heard")).to_be_visible()
    rows.nth(1).get_by_role("link", name="Open").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("RunFailed")
    expect(page.get_by_role("heading", name="What to do")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Runs", exact=True).click()
    expect(page).to_have_url(f"{served.url}/runs")


def test_an_alert_says_why_on_a_telephone(watched: tuple[Served, Reliability], page: Page) -> None:
    """What it says stands beside its state, in sight without scrolling sideways."""
    served, watch = watched
    summary = "ventas_etl failed at its stage transform, for the third time today"
    watch.alerts.record([alert("LogIngestionFailing", 5, annotations={"summary": summary})])
    page.set_viewport_size({"width": 400, "height": 900})
    page.goto(f"{served.url}/alerts")
    box = page.get_by_role("cell", name=summary).bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 400


def test_what_an_alert_says_is_text(watched: tuple[Served, Reliability], page: Page) -> None:
    """Markup in a label or an annotation is shown, not run."""
    served, watch = watched
    hostile = "<img src=x onerror=document.title='owned'>"
    labels = {"alertname": hostile, "pipeline": hostile, "severity": hostile}
    reach = Reach((hostile,), (hostile,), (hostile,))
    watch.alerts.record([alert("x", 5, labels=labels, annotations={"summary": hostile}, reach=reach)])
    page.goto(f"{served.url}/alerts")
    expect(page.get_by_text(hostile).first).to_be_visible()
    assert page.title() == "Alerts · Almenara"


def test_a_runbook_fits_a_narrow_window(watched: tuple[Served, Reliability], page: Page) -> None:
    """Queries without a space break rather than make the page wider than the window."""
    served, _ = watched
    page.set_viewport_size({"width": 400, "height": 900})
    page.goto(f"{served.url}/runbooks/RunFailed")
    expect(page.get_by_role("heading", name="What to do")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_no_path_leads_out_of_the_runbooks(watched: tuple[Served, Reliability], page: Page) -> None:
    """Only listed runbooks are read."""
    served, _ = watched
    for name in ("..%252F..%252FREADME", "README", "nope"):
        answer = page.goto(f"{served.url}/runbooks/{name}")
        assert answer
        assert answer.status == 404

"""The ring of correlations in the console, which works without Grafana: from any signal to any other."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Served
from .story import Telling, tell

pytestmark = pytest.mark.chromium


@pytest.fixture
def run(served: Served) -> Telling:
    """A run of an hour ago, with its log, its trace and its lineage."""
    told = Telling(1, datetime.now(UTC) - timedelta(hours=1))
    tell(served.platform, told)
    return told


def opened_line(page: Page) -> Locator:
    """The first log line of the page, opened to its fields."""
    line = page.get_by_label("Log lines").get_by_role("button").first
    line.click()
    return page.get_by_label("Log lines")


def test_a_run_leads_to_trace_metrics_and_datasets(served: Served, page: Page, run: Telling) -> None:
    """Its log and trace are on its page; the trace, the pipeline's charts and the datasets a click away."""
    page.goto(f"{served.url}/runs/{run.run_id}")
    expect(page.get_by_role("link", name=run.trace_id)).to_have_attribute("href", f"/traces/{run.trace_id}")
    expect(page.get_by_role("link", name="In the log search")).to_have_attribute(
        "href", re.compile(rf"/logs\?run_id={run.run_id}")
    )
    datasets = page.get_by_role("region", name="Datasets")
    datasets.get_by_text("warehouse.daily_sales").click()
    expect(datasets.get_by_role("link", name="Open the dataset").first).to_have_attribute(
        "href", re.compile(r"/datasets/.*warehouse\.daily_sales")
    )
    page.get_by_role("link", name="Pipeline", exact=True).click()
    expect(page).to_have_url(f"{served.url}/pipelines/retail/ventas_etl")


def test_a_log_line_leads_to_its_run_and_trace(served: Served, page: Page, run: Telling) -> None:
    """Both stand below the fields of an open line."""
    page.goto(f"{served.url}/logs?run_id={run.run_id}")
    fields = opened_line(page)
    expect(fields.get_by_role("link", name="Open the run").first).to_have_attribute(
        "href", f"/runs/{run.run_id}"
    )
    expect(fields.get_by_role("link", name="Open the trace").first).to_have_attribute(
        "href", f"/traces/{run.trace_id}"
    )


def test_metrics_of_a_pipeline_lead_to_its_logs_and_runs(served: Served, page: Page, run: Telling) -> None:
    """The pipeline's page has its charts, its runs and the way to its log lines."""
    page.goto(f"{served.url}/pipelines/retail/ventas_etl")
    expect(page.get_by_role("link", name="Logs", exact=True).last).to_have_attribute(
        "href", re.compile(r"/logs\?pipeline=ventas_etl")
    )
    expect(page.locator(f'a[href="/runs/{run.run_id}"]').first).to_be_visible()
    assert page.goto(f"{served.url}/traces/{run.trace_id}/run").url == f"{served.url}/runs/{run.run_id}"

"""The lists of runs, traces and datasets, and the page of a pipeline, in a browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from .conftest import Served
from .story import Telling, events, tell

pytestmark = pytest.mark.chromium


def ago(**length: float) -> datetime:
    """A time before now."""
    return datetime.now(UTC) - timedelta(**length)


def tell_many(served: Served, runs: int) -> None:
    """So many runs, one a minute, every tenth failed."""
    told = [Telling(i, ago(minutes=i), state="COMPLETE" if i % 10 else "FAIL") for i in range(1, runs + 1)]
    served.platform.lineage.apply([event for run in told for event in events(run)], datetime.now(UTC))


def rows(page: Page, table: str) -> int:
    """How many rows a table has."""
    return page.get_by_role("table", name=table).locator("tbody tr").count()


def test_runs_are_paged_by_the_store(served: Served, page: Page) -> None:
    """A long list comes in pages, older and back, and the address leads to the page shown."""
    tell_many(served, 120)
    page.goto(f"{served.url}/runs")
    table = page.get_by_role("table", name="Runs")
    expect(table.locator("tbody tr")).to_have_count(50)
    first = table.locator("tbody tr").first.inner_text()
    page.get_by_role("button", name="Older").click()
    expect(table.locator("tbody tr").first).not_to_have_text(first, use_inner_text=True)
    page.get_by_role("button", name="Older").click()
    expect(table.locator("tbody tr")).to_have_count(20)
    expect(page.get_by_role("button", name="Older")).to_be_disabled()
    expect(page).to_have_url(re.compile("cursor="))
    page.reload()
    expect(table.locator("tbody tr")).to_have_count(20)
    page.get_by_role("button", name="Newest").click()
    expect(table.locator("tbody tr")).to_have_count(50)


def test_runs_are_filtered_and_the_address_keeps_it(served: Served, page: Page) -> None:
    """A filter narrows the list and stands in the address, which works for somebody else."""
    tell_many(served, 60)
    page.goto(f"{served.url}/runs")
    page.get_by_role("combobox", name="State").click()
    page.get_by_role("option", name="Failed").click()
    table = page.get_by_role("table", name="Runs")
    expect(table.locator("tbody tr")).to_have_count(6)
    expect(page).to_have_url(f"{served.url}/runs?state=FAIL")
    page.goto(f"{served.url}/runs?state=FAIL&since=15m")
    expect(table.locator("tbody tr")).to_have_count(1)
    page.goto(f"{served.url}/runs?pipeline=other")
    expect(page.get_by_text("No run matches these filters.")).to_be_visible()


def test_a_cursor_of_elsewhere_leads_to_the_newest_runs(served: Served, page: Page) -> None:
    """An address with a cursor that the store never gave out shows the list from its start."""
    tell_many(served, 3)
    page.goto(f"{served.url}/runs?cursor=made-up")
    expect(page.get_by_role("table", name="Runs").locator("tbody tr")).to_have_count(3)


def test_a_pipeline_shows_how_its_runs_went(served: Served, page: Page) -> None:
    """Figures, duration chart, stage breakdown, quality history and runs are on a pipeline's page."""
    tell_many(served, 30)
    page.goto(f"{served.url}/pipelines/retail/ventas_etl")
    expect(page.locator(".al-figures")).to_contain_text(re.compile(r"Complete\s*90 %"))
    for name in ("Duration of each run", "Seconds in each stage", "Quality score by table"):
        expect(page.get_by_role("img", name=re.compile(name)).locator("svg")).to_be_visible()
    expect(page.get_by_role("table", name="Runs of the pipeline").locator("tbody tr")).to_have_count(25)


def test_a_bar_of_the_chart_leads_to_its_run(served: Served, page: Page) -> None:
    """The newest run is the last bar, and a click on it opens the run."""
    run = Telling(1, ago(hours=1))
    tell(served.platform, run)
    page.goto(f"{served.url}/pipelines/retail/ventas_etl")
    chart = page.get_by_role("img", name=re.compile("Duration of each run"))
    bar = chart.locator("svg path[fill='var(--ok)']").first
    expect(bar).to_be_visible()
    bar.click()
    expect(page).to_have_url(f"{served.url}/runs/{run.run_id}")


def test_an_unknown_pipeline_offers_near_names(served: Served, page: Page) -> None:
    """A pipeline that is in another namespace is not found, and the right one is named."""
    tell_many(served, 1)
    answer = page.goto(f"{served.url}/pipelines/wholesale/ventas")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_text("retail/ventas_etl")).to_be_visible()


def test_traces_are_listed_and_filtered(served: Served, page: Page) -> None:
    """Traces with errors can be singled out, and each leads to its page."""
    tell(served.platform, Telling(1, ago(hours=2)), Telling(2, ago(hours=1), state="FAIL"))
    page.goto(f"{served.url}/traces")
    table = page.get_by_role("table", name="Traces")
    expect(table.locator("tbody tr")).to_have_count(2)
    page.get_by_role("combobox", name="Errors").click()
    page.get_by_role("option", name="With errors").first.click()
    expect(page).to_have_url(f"{served.url}/traces?error=true")
    expect(table.locator("tbody tr")).to_have_count(1)
    expect(table.get_by_role("link", name="POST /pipelines")).to_have_attribute("href", f"/traces/{2:032x}")


def test_datasets_say_who_writes_and_who_reads(served: Served, page: Page) -> None:
    """A dataset has its columns, its producers and its consumers, and is found by a column's name."""
    writer = Telling(1, ago(hours=2), pipeline="writer", column="basket_id", outputs=("sales",), inputs=())
    reader = Telling(2, ago(hours=1), pipeline="reader", inputs=("raw",), outputs=())
    tell(served.platform, writer, reader)
    page.goto(f"{served.url}/datasets")
    table = page.get_by_role("table", name="Datasets")
    expect(table.locator("tbody tr")).to_have_count(2)
    page.get_by_role("textbox", name="Name or column").fill("basket")
    expect(table.locator("tbody tr")).to_have_count(1)
    expect(table.get_by_role("link", name="writer")).to_have_attribute("href", "/pipelines/retail/writer")

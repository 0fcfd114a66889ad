"""The overview in a browser."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from almenara_platform.ui.pages import overview

from .conftest import Served, serving
from .story import Telling, memory_platform, tell

pytestmark = pytest.mark.chromium


def ago(**length: float) -> datetime:
    """A time before now."""
    return datetime.now(UTC) - timedelta(**length)


def test_every_pipeline_is_told_at_a_glance(served: Served, page: Page) -> None:
    """State, duration, records, quality, freshness and owner stand in a pipeline's row."""
    tell(served.platform, Telling(1, ago(hours=5)), Telling(2, ago(hours=2), state="FAIL", score=91.5))
    page.goto(served.url)
    expect(page).to_have_title("Overview · Almenara")
    row = page.get_by_role("table", name="Pipelines").get_by_role("row").nth(1)
    for text in (
        "ventas_etl",
        "retail",
        "Failed",
        "40.0 s",
        "1,469,307",
        "91.5",
        "4 h ago",
        "data-engineering",
    ):
        expect(row).to_contain_text(text)
    expect(row.get_by_role("img", name="Last 2 runs: 1 failed, 1 complete")).to_be_visible()


def test_figures_of_an_earlier_run_say_so(served: Served, page: Page) -> None:
    """Records are those of the last complete run: they name it as such and lead to it."""
    counted = Telling(1, ago(hours=5))
    tell(served.platform, counted, Telling(2, ago(hours=2), state="FAIL", score=91.5))
    page.goto(served.url)
    row = page.get_by_role("table", name="Pipelines").get_by_role("row").nth(1)
    records, quality = row.get_by_role("cell").nth(4), row.get_by_role("cell").nth(5)
    expect(records).to_contain_text("complete run of 4 h ago")
    expect(records.get_by_title("Of the last complete run that counted records")).to_be_visible()
    expect(records.get_by_role("link", name="1,469,307")).to_have_attribute("href", f"/runs/{counted.run_id}")
    expect(quality).to_have_text("91.5")


def test_names_lead_to_their_pages(served: Served, page: Page) -> None:
    """A pipeline's name leads to its page, a state to its run."""
    run = Telling(1, ago(hours=5))
    tell(served.platform, run)
    page.goto(served.url)
    table = page.get_by_role("table", name="Pipelines")
    expect(table.get_by_role("link", name="Complete", exact=True)).to_have_attribute(
        "href", f"/runs/{run.run_id}"
    )
    table.get_by_role("link", name="ventas_etl").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ventas_etl")


def test_a_newcomer_is_told_how_to_start(served: Served, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without runs the page says how to get one, and shows it without a reload when it comes."""
    monkeypatch.setattr(overview, "REFRESH_SECONDS", 0.2)
    page.goto(served.url)
    expect(page.get_by_text("almenara run ventas_etl --day 2017-03-01")).to_be_visible()
    expect(page.get_by_text(f"export OPENLINEAGE_URL={served.url}")).to_be_visible()
    tell(served.platform, Telling(1, ago(seconds=50)))
    expect(page.get_by_role("table", name="Pipelines")).to_contain_text("ventas_etl")
    expect(page.get_by_text("No run has reported yet")).to_be_hidden()


def test_rows_sort_by_a_column(served: Served, page: Page) -> None:
    """A click on a heading sorts by value, not by text, and says so to assistive technology."""
    tell(served.platform, Telling(1, ago(hours=5), pipeline="short", seconds=9))
    tell(served.platform, Telling(2, ago(hours=5), pipeline="long", seconds=100))
    page.goto(served.url)
    table = page.get_by_role("table", name="Pipelines")
    table.get_by_role("button", name="Duration").click()
    expect(table.get_by_role("columnheader", name="Duration")).to_have_attribute("aria-sort", "ascending")
    expect(table.get_by_role("row").nth(1)).to_contain_text("short")
    table.get_by_role("button", name="Duration").click()
    expect(table.get_by_role("row").nth(1)).to_contain_text("long")


class Before:
    """A store; before it is asked anything, something else happens."""

    def __init__(self, store: object, happen: Callable[[], object]) -> None:
        self._store = store
        self._happen = happen

    def __getattr__(self, name: str) -> object:
        """A method of the store, or what it holds."""
        found = getattr(self._store, name)
        if not callable(found):
            return found

        def asked(*arguments: object, **named: object) -> object:
            self._happen()
            return found(*arguments, **named)

        return asked


def test_a_slow_store_does_not_hold_up_the_page(page: Page) -> None:
    """The page comes with grey bars while its store thinks, and fills itself in when the store answers."""
    platform = memory_platform()
    tell(platform, Telling(1, ago(hours=1)))
    answer = threading.Event()
    slow = replace(platform, lineage=Before(platform.lineage, lambda: answer.wait(60)))
    with serving(slow) as served:
        page.goto(served.url)
        expect(page.get_by_role("status", name="Loading")).to_be_visible()
        answer.set()
        expect(page.get_by_role("table", name="Pipelines")).to_contain_text("ventas_etl")
        expect(page.get_by_role("status", name="Loading")).to_be_hidden()


def test_a_fault_of_the_platform_shows_no_stack(page: Page) -> None:
    """An error that nobody foresaw is told in a sentence with status 500; its details stay in the log."""
    platform = memory_platform()
    faulty = replace(platform, lineage=Before(platform.lineage, lambda: {}["secret detail"]))
    with serving(faulty) as served:
        answer = page.goto(served.url)
        assert answer is not None
        assert answer.status == 500
        expect(page.get_by_role("alert")).to_contain_text("This cannot be shown")
        expect(page.locator("body")).not_to_contain_text("secret detail")

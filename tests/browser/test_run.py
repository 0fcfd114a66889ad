"""The page of a run in a browser."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from almenara_platform.exceptions import StoreUnavailable

from .conftest import Served, serving
from .story import ERROR, Telling, logs, memory_platform, spans, tell

pytestmark = pytest.mark.chromium


def ago(**length: float) -> datetime:
    """A time before now."""
    return datetime.now(UTC) - timedelta(**length)


def test_everything_of_a_run_is_on_its_page(served: Served, page: Page) -> None:
    """Ids, stages, quality, datasets with schema, logs and spans of one run are together."""
    run = Telling(1, ago(hours=1))
    tell(served.platform, run)
    page.goto(f"{served.url}/runs/{run.run_id}")
    expect(page).to_have_title(re.compile(r"ventas_etl run .* · Almenara"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Run of ventas_etl")
    for identity in (run.run_id, run.trace_id):
        expect(page.get_by_text(identity, exact=True)).to_be_visible()
    stages = page.get_by_role("table", name="Stages of the run")
    expect(stages.get_by_role("row").nth(4)).to_contain_text(re.compile(r"load.*6\.0 s.*92,331"))
    quality = page.get_by_role("table", name="Quality checks of sales")
    expect(quality.get_by_role("row").nth(1)).to_contain_text(re.compile(r"coupon_disc.*7\.4 %.*Failed"))
    expect(page.get_by_label("Log lines")).to_contain_text("null percentage above its threshold")
    expect(page.get_by_role("treeitem", name="extract, worker-etl")).to_be_visible()
    datasets = page.get_by_role("region", name="Datasets")
    datasets.get_by_text("warehouse.daily_sales").click()
    expect(datasets.get_by_text("92,331 rows · 8.40 MB · 3 columns").first).to_be_visible()
    expect(datasets.get_by_text("household_id").locator("visible=true")).to_have_count(1)


def test_a_failed_run_shows_why(served: Served, page: Page) -> None:
    """Type, message and stack of the error stand at the top, and the stage that failed is marked."""
    run = Telling(1, ago(hours=1), state="FAIL")
    tell(served.platform, run)
    page.goto(f"{served.url}/runs/{run.run_id}")
    note = page.get_by_role("note")
    expect(note).to_contain_text("duckdb.BinderException")
    expect(note).to_contain_text('Referenced column "discount" not found')
    expect(note).to_contain_text("Traceback (most recent call last)")
    row = page.get_by_role("table", name="Stages of the run").get_by_role("row").last
    expect(row).to_contain_text("Failed")
    expect(row).to_contain_text("Binder Error")


def test_a_long_error_wraps(served: Served, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a name nor a message without a space makes the page wider than the window."""
    monkeypatch.setitem(ERROR, "type", "sqlalchemy.exc." + "VeryLongName" * 40)
    monkeypatch.setitem(ERROR, "message", "x" * 3000)
    run = Telling(1, ago(hours=1), state="FAIL")
    tell(served.platform, run)
    page.goto(f"{served.url}/runs/{run.run_id}")
    expect(page.get_by_role("note")).to_contain_text("x" * 3000)
    for width in (1440, 700):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        sizes = page.get_by_role("note").evaluate("note => [note.scrollWidth, note.clientWidth]")
        assert sizes[0] <= sizes[1]


@pytest.mark.parametrize(
    ("first", "shown"), [("Traceback (most recent call last):", "last"), ("java.io.IOException", "first")]
)
def test_a_long_stack_shows_the_end_that_tells(
    served: Served, page: Page, monkeypatch: pytest.MonkeyPatch, first: str, shown: str
) -> None:
    """Of a stack longer than its box the end with the cause is in view, and the other a scroll away."""
    lines = [first, *(f"  line {number}" for number in range(100)), "the end"]
    monkeypatch.setitem(ERROR, "stack", "\n".join(lines))
    run = Telling(1, ago(hours=1), state="FAIL")
    tell(served.platform, run)
    page.goto(f"{served.url}/runs/{run.run_id}")
    box = page.locator(".al-stack")
    expect(box).to_contain_text("the end")
    edges = """box => {
        const [outer, inner] = [box.getBoundingClientRect(), box.firstElementChild.getBoundingClientRect()];
        return [inner.top >= outer.top, inner.bottom <= outer.bottom];
    }"""
    assert box.evaluate(edges) == [shown == "first", shown == "last"]
    box.evaluate(f"box => box.scrollBy(0, {-9999 if shown == 'last' else 9999})")
    assert box.evaluate(edges) == [shown == "last", shown == "first"]


def test_a_run_is_followed_without_a_reload(served: Served, page: Page) -> None:
    """State, stages, logs and quality change in place, what one types stays, and no page is loaded again."""
    run = Telling(1, ago(seconds=20), state="RUNNING", done=1)
    tell_start(served, run)
    page.goto(f"{served.url}/runs/{run.run_id}")
    expect(page.get_by_role("status").filter(has_text="Live")).to_be_visible()
    expect(page.locator(".al-badge")).to_have_text(re.compile("Running"))
    stages = page.get_by_role("table", name="Stages of the run")
    expect(stages).to_have_class(re.compile("al-stages"))
    page.evaluate("window.loadedOnce = true")
    page.evaluate("document.querySelector('.al-stages').dataset.kept = 'yes'")
    page.get_by_placeholder("Run id, trace id").fill("being typed")
    tell(served.platform, replace(run, state="COMPLETE", seconds=19))
    expect(page.locator(".al-badge")).to_have_text(re.compile("Complete"))
    expect(stages.get_by_role("row").last).to_contain_text("load")
    expect(stages).to_have_attribute("data-kept", "yes")
    expect(page.get_by_role("region", name="Quality")).to_contain_text(
        "score 98.7 · 1,469,307 rows · 5 duplicates"
    )
    expect(page.get_by_label("Log lines")).to_contain_text("records_processed=92331")
    expect(page.get_by_placeholder("Run id, trace id")).to_have_value("being typed")
    assert page.evaluate("window.loadedOnce")


def tell_start(served: Served, run: Telling) -> None:
    """Let the platform know of a run that has just begun: its first log line and no span yet."""
    platform = memory_platform()
    tell(platform, run)
    served.platform.lineage.apply(platform.lineage.events(run.run_id), run.began)
    served.platform.logs.add(logs(run)[:1])


def test_logs_of_a_run_are_filtered_and_opened(served: Served, page: Page) -> None:
    """The level narrows the lines, and a line opens to its fields with the keyboard alone."""
    run = Telling(1, ago(hours=1), state="FAIL")
    tell(served.platform, run)
    page.goto(f"{served.url}/runs/{run.run_id}")
    lines = page.get_by_label("Log lines")
    expect(lines).to_contain_text("stage_started")
    page.get_by_role("combobox", name="Lowest level").click()
    page.get_by_role("option", name="Error and up").click()
    expect(lines).not_to_contain_text("stage_started")
    line = lines.get_by_role("button", name=re.compile("stage_failed"))
    line.focus()
    page.keyboard.press("Enter")
    expect(line).to_have_attribute("aria-expanded", "true")
    expect(lines).to_contain_text("Traceback (most recent call last)")


def test_a_run_of_another_emitter_has_no_holes(served: Served, page: Page) -> None:
    """A run without stages, quality, logs and trace says so in each place."""
    run = Telling(1, ago(hours=1), stages=(), inputs=(), outputs=())
    event = {"eventType": "COMPLETE", "eventTime": run.began.isoformat(), "producer": "x", "schemaURL": "y"}
    event |= {"run": {"runId": run.run_id}, "job": {"namespace": "n", "name": "bare"}}
    served.platform.lineage.apply([event], run.began)
    page.goto(f"{served.url}/runs/{run.run_id}")
    for text in ("No stages", "No quality results", "No log lines", "No trace"):
        expect(page.get_by_role("heading", name=text, exact=True)).to_be_visible()
    expect(page.get_by_text("None reported.")).to_have_count(2)


class Fallible:
    """A store that can be taken away."""

    def __init__(self, store: object) -> None:
        self._store = store
        self.down = False

    def __getattr__(self, name: str) -> object:
        """A method of the store, which fails while it is down."""
        if self.down:
            raise StoreUnavailable("the lineage store is being restored")
        return getattr(self._store, name)


def test_a_store_that_is_down_is_told_and_tried_again(page: Page) -> None:
    """No stack trace reaches the reader, and a button tries again."""
    platform = memory_platform()
    run = Telling(1, ago(hours=1))
    tell(platform, run)
    lineage = Fallible(platform.lineage)
    with serving(replace(platform, lineage=lineage)) as served:
        lineage.down = True
        answer = page.goto(f"{served.url}/runs/{run.run_id}")
        assert answer is not None
        assert answer.status == 503
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("the lineage store is being restored")
        expect(page.get_by_text("Traceback")).to_have_count(0)
        lineage.down = False
        alert.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Run of ventas_etl")


def test_a_page_that_is_open_outlives_its_store(page: Page) -> None:
    """While a store is away the page keeps what it shows, says that it is not up to date, and recovers."""
    platform = memory_platform()
    run = Telling(1, ago(seconds=30), state="RUNNING")
    tell(platform, run)
    lineage = Fallible(platform.lineage)
    with serving(replace(platform, lineage=lineage)) as served:
        page.goto(f"{served.url}/runs/{run.run_id}")
        expect(page.get_by_role("status").filter(has_text="Live")).to_be_visible()
        lineage.down = True
        expect(page.get_by_text("Not up to date")).to_be_visible()
        expect(page.get_by_role("table", name="Stages of the run")).to_be_visible()
        lineage.down = False
        expect(page.get_by_role("status").filter(has_text="Live")).to_be_visible()


def test_spans_that_come_late_are_drawn(served: Served, page: Page) -> None:
    """A run that has no span at first gets its waterfall when spans arrive."""
    run = Telling(1, ago(seconds=20), state="RUNNING")
    tell_start(served, run)
    page.goto(f"{served.url}/runs/{run.run_id}")
    expect(page.get_by_role("heading", name="No spans yet")).to_be_visible()
    served.platform.traces.add(spans(run))
    expect(page.get_by_role("treeitem", name="extract, worker-etl")).to_be_visible()

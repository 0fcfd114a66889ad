"""The page of a trace in a browser."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from almenara_platform.clock import to_nanos
from almenara_platform.exceptions import StoreUnavailable
from almenara_platform.logs.model import LogRecord
from almenara_platform.logs.port import LogQuery
from almenara_platform.page import Page as Records
from almenara_platform.traces.model import Span, SpanKind

from .conftest import Served, serving
from .story import Telling, memory_platform, spans, tell

pytestmark = pytest.mark.chromium

NOW = datetime.now(UTC)


def big_trace(spans: int) -> list[Span]:
    """A root with that many descendants, ten to each child of the root."""
    base = to_nanos(NOW - timedelta(hours=1))
    told = [Span("a" * 32, f"{1:016x}", None, "root", "api", SpanKind.SERVER, base, base + spans * 1_000_000)]
    for i in range(2, spans + 1):
        parent = 1 if i % 11 == 2 else i - (i - 2) % 11
        start = base + i * 900_000
        told.append(
            Span(
                "a" * 32,
                f"{i:016x}",
                f"{parent:016x}",
                f"step {i}",
                "worker",
                SpanKind.INTERNAL,
                start,
                start + 800_000,
            )
        )
    return told


def test_ten_thousand_spans_do_not_freeze_the_browser(served: Served, page: Page) -> None:
    """Only the rows in view are in the page, and the last span is a key press away."""
    served.platform.traces.add(big_trace(10_000))
    page.goto(f"{served.url}/traces/{'a' * 32}")
    tree = page.get_by_role("tree")
    expect(page.get_by_role("treeitem").first).to_be_visible()
    assert page.get_by_role("treeitem").count() < 100
    tree.focus()
    page.keyboard.press("End")
    expect(page.get_by_role("treeitem", name="step 10000, worker")).to_be_visible()
    assert page.get_by_role("treeitem").count() < 100
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Span", exact=True)).to_contain_text("step 10000")


def test_a_span_is_chosen_and_the_address_keeps_it(served: Served, page: Page) -> None:
    """A chosen span shows its attributes, status and events, links to its logs, and is in the address."""
    run = Telling(1, NOW - timedelta(hours=1), state="FAIL")
    tell(served.platform, run)
    page.goto(f"{served.url}/traces/{run.trace_id}")
    page.get_by_role("treeitem", name="transform, worker-etl, 12.0 s, failed").click()
    detail = page.get_by_role("region", name="Span", exact=True)
    expect(detail).to_contain_text("almenara.stage")
    expect(detail).to_contain_text("Binder Error")
    expect(detail).to_contain_text("exception after 12.0 s")
    expect(detail.get_by_role("link", name="In the log search")).to_have_attribute(
        "href", re.compile(r"/logs\?trace_id=.*&span_id=")
    )
    expect(page).to_have_url(re.compile(r"\?span=[0-9a-f]{16}"))
    page.reload()
    expect(detail).to_contain_text("Binder Error")
    expect(page.get_by_role("link", name=run.run_id).first).to_have_attribute("href", f"/runs/{run.run_id}")


def test_another_span_is_shown_without_sending_the_trace_again(served: Served, page: Page) -> None:
    """A choice among 10,000 spans brings the detail of one, and the browser keeps the rows it has."""
    served.platform.traces.add(big_trace(10_000))
    received: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: received.append(len(data))))
    page.goto(f"{served.url}/traces/{'a' * 32}")
    expect(page.get_by_role("treeitem").first).to_be_visible()
    received.clear()
    detail = page.get_by_role("region", name="Span", exact=True)
    for name in ("step 4", "step 9"):
        chosen = page.get_by_role("treeitem", name=f"{name}, worker")
        chosen.click()
        expect(detail.get_by_role("heading", name=name, exact=True)).to_be_visible()
        expect(detail.get_by_text("No log line was written within this span.")).to_be_visible()
        expect(chosen).to_have_attribute("aria-selected", "true")
    expect(page.locator("[role=treeitem][aria-selected=true]")).to_have_count(1)
    assert received
    assert sum(received) < 100_000


def test_the_log_of_a_span_stands_in_its_detail(served: Served, page: Page) -> None:
    """Its own lines with their levels, oldest first, open to their fields; other spans' are not there."""
    run = Telling(1, NOW - timedelta(hours=1), state="FAIL")
    tell(served.platform, run)
    other = LogRecord(to_nanos(NOW), "INFO", "elsewhere", "api", trace_id=run.trace_id, span_id=f"{1:016x}")
    served.platform.logs.add([other])
    page.goto(f"{served.url}/traces/{run.trace_id}?span={3:016x}")
    log = page.get_by_role("region", name="Logs of the span").get_by_role("log")
    expect(log.get_by_role("button").first).to_contain_text("stage_started")
    expect(log).not_to_contain_text("elsewhere")
    expect(log.locator(".tone-warn")).to_contain_text("null percentage above its threshold")
    failed = log.locator(".tone-fail")
    failed.get_by_role("button").click()
    expect(failed.get_by_role("definition").filter(has_text="Traceback")).to_be_visible()


def test_of_a_long_log_the_first_lines_are_shown(served: Served, page: Page) -> None:
    """A span that wrote more than fits says so and leads to the search."""
    run = Telling(1, NOW - timedelta(hours=1), stages=[(f"stage {i}", 0.01, 10) for i in range(60)])
    tell(served.platform, run)
    page.goto(f"{served.url}/traces/{run.trace_id}?span={3:016x}")
    logs = page.get_by_role("region", name="Logs of the span")
    expect(logs.get_by_text("The first 100 lines; the log search has them all.")).to_be_visible()
    expect(logs.get_by_role("log").locator("> div")).to_have_count(100)


def test_a_span_leads_to_its_run_and_datasets(served: Served, page: Page) -> None:
    """State, pipeline and datasets of the run are there, also of a span whose parent alone names the run."""
    run = Telling(1, NOW - timedelta(hours=1))
    tell(served.platform, run)
    times = to_nanos(run.began), to_nanos(run.began) + 5
    below = Span(run.trace_id, f"{77:016x}", f"{4:016x}", "bare call", "disk", SpanKind.CLIENT, *times)
    served.platform.traces.add([below])
    page.goto(f"{served.url}/traces/{run.trace_id}?span={below.span_id}")
    section = page.get_by_role("region", name="Run of the span")
    expect(section).to_contain_text("Complete")
    expect(section.get_by_role("link", name=run.run_id)).to_have_attribute("href", f"/runs/{run.run_id}")
    expect(section.get_by_role("link", name="ventas_etl")).to_have_attribute(
        "href", "/pipelines/retail/ventas_etl"
    )
    written = section.get_by_role("list", name="Datasets written")
    expect(section.get_by_role("list", name="Datasets read").get_by_role("listitem")).to_have_count(2)
    expect(written).to_contain_text("92,331 rows")
    written.get_by_role("link", name="warehouse.daily_sales").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("warehouse.daily_sales")


def test_what_is_not_known_of_a_span_is_said(served: Served, page: Page) -> None:
    """No log, no run, and a run without a lineage event are told apart."""
    ids, kind = ("d" * 32, f"{1:016x}", None), SpanKind.INTERNAL
    alone = Span(*ids, "alone", "api", kind, 5, 9)
    stranger = Span(
        "e" * 32, *ids[1:], "stranger", "api", kind, 5, 9, attributes={"openlineage.run_id": "r9"}
    )
    served.platform.traces.add([alone, stranger])
    page.goto(f"{served.url}/traces/{alone.trace_id}?span={alone.span_id}")
    expect(page.get_by_text("No log line was written within this span.")).to_be_visible()
    expect(page.get_by_text("This span belongs to no run.")).to_be_visible()
    page.goto(f"{served.url}/traces/{stranger.trace_id}?span={stranger.span_id}")
    expect(page.get_by_text("No lineage event of this run has arrived.")).to_be_visible()


class Faltering:
    """A log store that does not answer until it is mended, and then takes until it is told to go on."""

    def __init__(self) -> None:
        self.broken = True
        self.go_on = threading.Event()

    def find(self, query: LogQuery) -> Records[LogRecord]:
        """One line, or a fault."""
        if self.broken:
            raise StoreUnavailable("the log store is away")
        assert self.go_on.wait(90)
        return Records([LogRecord(5, "INFO", "here again", "api")])


def test_a_log_store_that_is_away_leaves_the_trace_alone(page: Page) -> None:
    """The pane says why its log is missing, asks again on request, and shows that it waits."""
    platform, logs = memory_platform(), Faltering()
    run = Telling(1, NOW - timedelta(hours=1))
    tell(platform, run)
    with serving(replace(platform, logs=logs)) as console:
        answer = page.goto(f"{console.url}/traces/{run.trace_id}?span={3:016x}")
        assert answer is not None
        assert answer.status == 200
        section = page.get_by_role("region", name="Logs of the span")
        expect(section.get_by_role("alert")).to_contain_text("the log store is away")
        expect(page.get_by_role("region", name="Run of the span")).to_contain_text("Complete")
        logs.broken = False
        section.get_by_role("button", name="Try again").click()
        expect(section.get_by_role("status", name="Loading")).to_be_visible()
        logs.go_on.set()
        expect(section.get_by_role("log")).to_contain_text("here again")


def test_subtrees_fold_with_the_keyboard(served: Served, page: Page) -> None:
    """Left folds a span's children away, right brings them back, and both are announced."""
    run = Telling(1, NOW - timedelta(hours=1))
    tell(served.platform, run)
    page.goto(f"{served.url}/traces/{run.trace_id}")
    items = page.get_by_role("treeitem")
    every = len(spans(run))
    expect(items).to_have_count(every)
    page.get_by_role("tree").focus()
    page.keyboard.press("ArrowLeft")
    expect(items).to_have_count(1)
    expect(items.first).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowRight")
    expect(items).to_have_count(every)


def test_a_broken_trace_says_what_is_wrong(served: Served, page: Page) -> None:
    """A missing parent is told in words, and the orphan is shown."""
    lost = Span("b" * 32, "2" * 16, "9" * 16, "lost", "api", SpanKind.INTERNAL, 5, 9)
    served.platform.traces.add([lost])
    page.goto(f"{served.url}/traces/{'b' * 32}")
    expect(page.get_by_text("what happened above it is unknown")).to_be_visible()
    expect(page.get_by_role("treeitem", name="lost, api")).to_be_visible()

"""The page of a trace in a browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from almenara_platform.clock import to_nanos
from almenara_platform.traces.model import Span, SpanKind

from .conftest import Served
from .story import Telling, tell

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
    expect(detail.get_by_role("link", name="Logs of this span")).to_have_attribute(
        "href", re.compile(r"/logs\?trace_id=.*&span_id=")
    )
    expect(page).to_have_url(re.compile(r"\?span=[0-9a-f]{16}"))
    page.reload()
    expect(detail).to_contain_text("Binder Error")
    expect(page.get_by_role("link", name=run.run_id)).to_have_attribute("href", f"/runs/{run.run_id}")


def test_subtrees_fold_with_the_keyboard(served: Served, page: Page) -> None:
    """Left folds a span's children away, right brings them back, and both are announced."""
    run = Telling(1, NOW - timedelta(hours=1))
    tell(served.platform, run)
    page.goto(f"{served.url}/traces/{run.trace_id}")
    items = page.get_by_role("treeitem")
    expect(items.first).to_be_visible()
    every = items.count()
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

"""A job that hands over to another job, in the pictures of Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.platform.events import NOON, dataset, run_event
from tests.platform.lineage.lineage_events import handed_over

from .conftest import Served, serving
from .story import memory_platform

pytestmark = pytest.mark.chromium

RUN = "0" * 7 + "9-0000-4000-8000-" + "0" * 12


@pytest.fixture(scope="module")
def console() -> Iterator[Served]:
    """A console that knows two jobs of which one hands over to the other, and another copy of the source."""
    platform = memory_platform()
    copied = run_event(
        "COMPLETE", pipeline="copies", run_id=RUN, inputs=[dataset("source")], outputs=[dataset("copy", "id")]
    )
    platform.lineage.apply([*handed_over("source", "made"), copied], NOON)
    with serving(platform) as served:
        yield served


def test_it_is_drawn_differently_and_opens(console: Served, page: Page) -> None:
    """It says what it is, is no dataset to look from, goes by keys as boxes do and leads to the pipeline."""
    page.goto(f"{console.url}/lineage?namespace=file&name=source")
    graph = page.locator(".al-graph")
    over = graph.get_by_role("button", name=re.compile("^hand-over to bulk, 1 more downstream"))
    expect(over).to_contain_text("hand-over")
    expect(graph.locator(".al-box.hand-over")).to_have_css("border-top-style", "dashed")
    expect(page.get_by_text("2 datasets, 1 hand-over")).to_be_visible()
    expect(graph.get_by_role("link", name="Look from copy")).to_be_visible()
    expect(graph.get_by_role("link", name="Look from hand-over to bulk")).to_have_count(0)
    over.click()
    expect(graph.get_by_role("button", name=re.compile("^made,"))).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(graph.get_by_role("button", name=re.compile("^made,"))).to_be_focused()
    graph.get_by_role("button", name=re.compile("^hand-over to bulk")).focus()
    for key, name in (("ArrowUp", "copy"), ("ArrowDown", "hand-over to bulk")):
        page.keyboard.press(key)
        expect(graph.get_by_role("button", name=re.compile(f"^{name}"))).to_be_focused()
    expect(page.get_by_role("group", name="Legend")).to_contain_text("Hand-over from job to job")
    graph.get_by_role("link", name="Pipeline bulk").click()
    page.wait_for_url(re.compile("/pipelines/retail/bulk$"))


def test_an_answer_joins_its_datasets_over_it(console: Served, page: Page) -> None:
    """Impact lists the datasets alone, and its picture leads over the hand-over."""
    page.goto(f"{console.url}/impact?namespace=file&name=source")
    graph = page.locator(".al-graph")
    expect(graph.get_by_role("link", name="hand-over to bulk")).to_have_attribute(
        "href", re.compile("/pipelines/retail/bulk$")
    )
    expect(page.get_by_text("3 datasets, 1 hand-over")).to_be_visible()
    expect(page.locator("table").get_by_text("hand-over")).to_have_count(0)

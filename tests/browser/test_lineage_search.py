"""How one comes to a dataset or label on the pages about lineage, with the keyboard too."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Served, serving
from .test_lineage import lineage_platform

pytestmark = pytest.mark.chromium


@pytest.fixture(scope="module")
def console() -> Iterator[Served]:
    """A console that knows some datasets and a label."""
    with serving(lineage_platform()) as served:
        yield served


def field(page: Page) -> Locator:
    """The search field of the page Lineage."""
    return page.get_by_label("Dataset, column or pipeline")


def test_arrows_lead_through_the_hits(console: Served, page: Page) -> None:
    """Down goes to the next hit, up back to the field, and Enter opens the chosen one."""
    page.goto(f"{console.url}/lineage")
    field(page).fill("e")
    hits = page.get_by_role("table", name="Found").get_by_role("link")
    expect(hits.nth(2)).to_be_visible()
    field(page).press("ArrowDown")
    expect(hits.first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(field(page)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(hits.nth(1)).to_be_focused()
    target = hits.nth(1).get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{console.url}{target}")


def test_enter_opens_the_first_hit(console: Served, page: Page) -> None:
    """Also for who does not wait until the hits are shown; what nothing is called leads nowhere."""
    page.goto(f"{console.url}/lineage")
    field(page).fill("nothing is called so")
    field(page).press("Enter")
    expect(page.get_by_text("Nothing has this in its name.")).to_be_visible()
    field(page).fill("peop")
    field(page).press("Enter")
    page.wait_for_url(re.compile("/lineage\\?namespace=file&name=people$"))
    expect(page.get_by_role("region", name="Around people")).to_be_visible()

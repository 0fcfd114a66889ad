"""How one comes to a dataset or label on the pages about lineage, with the keyboard too."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.platform.events import NOON, dataset
from tests.platform.lineage.lineage_events import wrote

from .conftest import Served, serving
from .story import memory_platform
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


def test_pages_begin_with_what_is_known(console: Served, page: Page) -> None:
    """Lineage and Impact offer datasets and Personal data labels, each a click away from its answer."""
    page.goto(f"{console.url}/lineage")
    offered = page.get_by_role("group", name="To begin with").get_by_role("link")
    expect(offered.filter(has_text="mart")).to_be_visible()
    assert 3 < offered.count() <= 10
    offered.get_by_text("people", exact=True).click()
    expect(page.get_by_role("region", name="Around people")).to_be_visible()
    page.goto(f"{console.url}/impact")
    offered.get_by_text("people", exact=True).click()
    expect(page.get_by_role("region", name="To be told")).to_contain_text("bi")
    page.goto(f"{console.url}/personal-data")
    expect(offered).to_have_text(["pii"])
    offered.click()
    expect(page.get_by_role("table", name="Erase in this order")).to_be_visible()


def test_personal_data_says_why_only_sources_are_listed(console: Served, page: Page) -> None:
    """Masked copies are left out, and what follows filters too is named while it is not chosen."""
    only = page.get_by_text("No copies are listed")
    page.goto(f"{console.url}/personal-data?namespace=file&name=deep")
    expect(only).to_contain_text("filters and joins only with “And what filters used”")
    page.goto(f"{console.url}/personal-data?namespace=file&name=deep&indirect=1")
    expect(only).to_contain_text("a hash, a count or a redaction")
    expect(only).not_to_contain_text("filters")
    page.goto(f"{console.url}/personal-data?label=pii")
    expect(page.get_by_role("table", name="Where it is")).to_be_visible()
    expect(only).to_have_count(0)


def test_labelled_dataset_without_columns_is_not_known(page: Page) -> None:
    """The page says that nobody told its columns, and does not pretend that it holds nothing."""
    platform = memory_platform()
    tags = {"tags": {"tags": [{"key": "vip", "value": "true"}]}}
    told = {"eventTime": NOON.isoformat(), "producer": "test", "dataset": dataset("vault", facets=tags)}
    platform.lineage.apply([told], NOON)
    with serving(platform) as served:
        page.goto(f"{served.url}/personal-data?label=vip")
        row = page.get_by_role("table", name="Not known").get_by_role("row", name="vault")
        expect(row).to_contain_text("its columns are not known")
        expect(page.get_by_text("No column is known to hold it.")).to_be_visible()


def test_without_labels_personal_data_begins_with_datasets(page: Page) -> None:
    """And where nothing at all is known, nothing is offered."""
    platform = memory_platform()
    with serving(platform) as bare:
        page.goto(f"{bare.url}/personal-data")
        expect(page.get_by_text("Choose a label or a column")).to_be_visible()
        expect(page.get_by_role("group", name="To begin with")).to_have_count(0)
        platform.lineage.apply([wrote("orders", ("shop.id", "id"))], NOON)
        page.reload()
        page.get_by_role("group", name="To begin with").get_by_role("link", name="orders").click()
        page.wait_for_url(re.compile("/personal-data\\?namespace=file&name=orders$"))

"""The pages about lineage, looked at in Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect
from tests.platform.events import NOON
from tests.platform.lineage.lineage_events import moved, wrote

from almenara_platform.platform import Platform

from .conftest import Served, serving
from .story import memory_platform

HOSTILE = '"><img src=x onerror=window.hacked=1>'
TAGS = {"tags": {"tags": [{"key": "pii", "value": "true", "field": "email"}]}}


def lineage_platform() -> Platform:
    """People, what was made from them, and names that attack."""
    platform = memory_platform()
    platform.lineage.apply(
        [
            wrote("people", ("crm.email", "email"), ("crm.email!", "hash"), owner="crm-team", facets=TAGS),
            wrote("people", ("crm.email", "email"), columns=("zip",), seconds=60, number=9),
            wrote("mart", ("people.email", "contact"), job="marts", owner="bi", number=2),
            wrote("deep", ("mart.contact", "c"), job="deeper", number=3),
            wrote(HOSTILE, ("people.email", HOSTILE), job=HOSTILE, number=4),
            moved("people", "copy", "silent", number=5),
        ],
        NOON,
    )
    return platform


@pytest.fixture(scope="module")
def console() -> Iterator[Served]:
    """A console over that platform."""
    with serving(lineage_platform()) as served:
        yield served


@pytest.fixture(autouse=True)
def no_attack(page: Page) -> Iterator[None]:
    """Nothing in a name is ever run."""
    yield
    assert page.evaluate("window.hacked") is None


def test_search_leads_to_lineage(console: Served, page: Page) -> None:
    """A part of a name finds the dataset, and its hit opens the picture with one hop each way."""
    page.goto(f"{console.url}/lineage")
    page.get_by_label("Dataset, column or pipeline").fill("peop")
    page.get_by_role("link", name="people", exact=True).click()
    panel = page.get_by_role("region", name="Around people")
    expect(panel.get_by_text("mart", exact=True)).to_be_visible()
    expect(panel.get_by_text("crm", exact=True)).to_be_visible()
    expect(panel.get_by_text("deep", exact=True)).to_have_count(0)


def test_click_opens_a_dataset(console: Served, page: Page) -> None:
    """A click on a box brings its neighbours into the picture."""
    page.goto(f"{console.url}/lineage?namespace=file&name=people")
    page.get_by_role("region", name="Around people").get_by_text("mart", exact=True).click(force=True)
    expect(page.get_by_role("region", name="Around people").get_by_text("deep", exact=True)).to_be_visible()


def test_column_shows_its_path_in_the_table(console: Served, page: Page) -> None:
    """The table below says the same as the picture, and its links work with the keyboard."""
    page.goto(f"{console.url}/lineage?namespace=file&name=crm&column=email&direction=downstream")
    table = page.get_by_role("table", name="What is reached")
    expect(table.get_by_role("row", name="deep")).to_contain_text("mart.contact")
    link = table.get_by_role("link", name="deep", exact=True)
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Around deep.c")).to_be_visible()


def test_impact_names_what_breaks(console: Served, page: Page) -> None:
    """Pipelines, datasets and owners, the answer as a table first."""
    page.goto(f"{console.url}/impact?namespace=file&name=people&column=email")
    expect(page.get_by_role("table", name="Pipelines").get_by_role("link", name="marts")).to_be_visible()
    expect(page.get_by_role("table", name="Pipelines")).to_contain_text("perhaps: it told no columns")
    expect(page.get_by_role("region", name="To be told")).to_contain_text("bi")


def test_personal_data_shows_the_erase_list(console: Served, page: Page) -> None:
    """Copies come before sources, and what is not known is told."""
    page.goto(f"{console.url}/personal-data?label=pii")
    rows = page.get_by_role("table", name="Erase in this order").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("1")
    expect(rows.last).to_contain_text("people")
    expect(page.get_by_role("table", name="Not known")).to_contain_text("silent")


def test_dataset_page(console: Served, page: Page) -> None:
    """Columns with labels and sources, and how the schema changed."""
    page.goto(f"{console.url}/datasets/file/people")
    expect(page.get_by_role("table", name="Columns").get_by_role("link", name="pii")).to_be_visible()
    expect(page.get_by_role("table", name="Schema history")).to_contain_text("+ zip")


def test_hostile_names_are_text(console: Served, page: Page) -> None:
    """Every page shows a name that attacks as what it is."""
    encoded = quote(HOSTILE, safe="")
    for path in (
        f"/lineage?namespace=file&name={encoded}&column={encoded}",
        f"/impact?namespace=file&name={encoded}",
        f"/personal-data?namespace=file&name={encoded}",
        f"/datasets/file/{encoded}",
    ):
        page.goto(f"{console.url}{path}")
        expect(page.get_by_text(HOSTILE).first).to_be_visible()


def test_unknown_dataset_offers_near_ones(console: Served, page: Page) -> None:
    """404 with names that were perhaps meant."""
    answer = page.goto(f"{console.url}/lineage?namespace=file&name=poeple")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_text("Close to it: people")).to_be_visible()

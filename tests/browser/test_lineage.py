"""The pages about lineage, looked at in Chromium."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.platform.events import NOON
from tests.platform.lineage.lineage_events import moved, wrote

from almenara_platform.platform import Platform
from almenara_platform.ui.elsewhere import Elsewhere

from .conftest import Served, serving
from .story import memory_platform

pytestmark = pytest.mark.chromium

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
            wrote("=1+1", ("people.email", "email"), job="=2+2", number=6),
        ],
        NOON,
    )
    return platform


@pytest.fixture(scope="module")
def console() -> Iterator[Served]:
    """A console over that platform, with a Marquez beside it."""
    with serving(lineage_platform(), elsewhere=Elsewhere(marquez="http://marquez.example:3000/")) as served:
        yield served


@pytest.fixture(autouse=True)
def no_attack(page: Page) -> Iterator[None]:
    """Nothing in a name is ever run."""
    yield
    assert page.evaluate("window.hacked") is None


def picture(page: Page) -> Locator:
    """The picture of the page Lineage."""
    return page.locator(".al-graph")


def box(page: Page, name: str) -> Locator:
    """What is clicked of a dataset in the picture."""
    return picture(page).get_by_role("button", name=re.compile(rf"^{re.escape(name)},"))


def column(page: Page, dataset: str, name: str) -> Locator:
    """A column of a dataset in the picture."""
    return picture(page).locator(f'[href$="name={dataset}&column={name}"]')


def test_search_leads_to_lineage(console: Served, page: Page) -> None:
    """A part of a name finds the dataset, and its hit opens the picture with one hop each way."""
    page.goto(f"{console.url}/lineage")
    page.get_by_label("Dataset, column or pipeline").fill("peop")
    page.get_by_role("link", name="people", exact=True).click()
    expect(page.get_by_role("region", name="Around people")).to_be_visible()
    for name in ("people", "mart", "crm", "copy"):
        expect(box(page, name)).to_be_visible()
    expect(box(page, "deep")).to_have_count(0)
    expect(box(page, "people")).to_contain_text("file")
    expect(column(page, "people", "email")).to_have_accessible_name("email pii")


def test_click_opens_and_closes_a_dataset(console: Served, page: Page) -> None:
    """A click on a box brings its neighbours into the picture, and another takes them away again."""
    page.goto(f"{console.url}/lineage?namespace=file&name=people")
    expect(box(page, "mart")).to_have_accessible_name(re.compile("1 more downstream"))
    box(page, "mart").click()
    expect(box(page, "deep")).to_be_visible()
    expect(box(page, "mart")).to_have_attribute("aria-expanded", "true")
    page.wait_for_url(re.compile("opened=file%0Amart"))
    page.reload()
    expect(box(page, "deep")).to_be_visible()
    box(page, "mart").click()
    expect(box(page, "deep")).to_have_count(0)


def test_keys_go_through_the_picture(console: Served, page: Page) -> None:
    """Arrow keys lead from box to box, Enter opens one, and Tab goes on to its columns."""
    page.goto(f"{console.url}/lineage?namespace=file&name=crm&direction=downstream")
    box(page, "crm").focus()
    page.keyboard.press("ArrowRight")
    expect(box(page, "people")).to_be_focused()
    page.keyboard.press("Enter")
    expect(box(page, "mart")).to_be_visible()
    expect(box(page, "people")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Look from people")).to_be_focused()
    page.keyboard.press("Tab")
    expect(column(page, "people", "email")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Around people.email")).to_be_visible()


def test_path_of_a_column_is_pointed_out(console: Served, page: Page) -> None:
    """The columns on the way are marked, masked ones are dashed, and what is not on the way is plain."""
    page.goto(f"{console.url}/lineage?namespace=file&name=crm&column=email&depth=3")
    on = picture(page).locator(".al-box-column.on")
    names = ["email", "email pii", "email pii", "hash", "contact pii", "c pii", f"{HOSTILE} pii"]
    expect(on).to_have_count(len(names))
    assert sorted(on.evaluate_all("all => all.map(one => one.ariaLabel)")) == sorted(names)
    expect(picture(page).locator("path.thread")).to_have_count(6)
    expect(picture(page).locator("path.thread.masked")).to_have_count(1)
    plain = picture(page).locator(".al-box-column:not(.on)")
    expect(plain).to_have_text(["zip"])


def test_colours_have_words(console: Served, page: Page) -> None:
    """Whatever the colours stand for, the legend and the boxes say it in words and icons."""
    for colour, words in (("", "Complete"), ("freshness", "Longer ago"), ("label", "pii")):
        page.goto(f"{console.url}/lineage?namespace=file&name=people&colour={colour}")
        expect(page.get_by_role("group", name="Legend")).to_contain_text(words)
        expect(box(page, "people")).to_have_accessible_name(re.compile(f"^people, {words}"))
    expect(box(page, "mart")).to_have_accessible_name(re.compile("^mart, pii"))
    expect(box(page, "crm")).to_have_accessible_name(re.compile("^crm, No label"))


def test_controls_change_the_picture(console: Served, page: Page) -> None:
    """Direction and depth decide what is around the dataset, and columns can be hidden."""
    page.goto(f"{console.url}/lineage?namespace=file&name=people")
    choose(page, "Direction", "Downstream")
    expect(box(page, "crm")).to_have_count(0)
    choose(page, "Depth", "3 hops")
    expect(box(page, "deep")).to_be_visible()
    choose(page, "Columns", "Columns: none")
    expect(picture(page).locator(".al-box-column")).to_have_count(0)
    expect(box(page, "deep")).to_be_visible()


def choose(page: Page, label: str, option: str) -> None:
    """Choose an option of a drop-down."""
    page.get_by_label(label, exact=True).first.click()
    page.get_by_role("option", name=option).click()


def test_column_shows_its_path_in_the_table(console: Served, page: Page) -> None:
    """The table below says the same as the picture, and its links work with the keyboard."""
    page.goto(f"{console.url}/lineage?namespace=file&name=crm&column=email&direction=downstream")
    table = page.get_by_role("table", name="What is reached")
    expect(table.get_by_role("row", name="deep")).to_contain_text("mart.contact")
    expect(page.get_by_role("region", name="What is reached")).to_contain_text("at any distance")
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
    drawn = page.get_by_role("region", name="Where it goes")
    expect(drawn.get_by_role("link", name=re.compile("^mart, Complete"))).to_be_visible()
    expect(drawn.locator(".al-box-column.on")).to_contain_text(["email", "contact"])


def test_personal_data_shows_the_erase_list(console: Served, page: Page) -> None:
    """Copies come before sources, and what is not known is told."""
    page.goto(f"{console.url}/personal-data?label=pii")
    rows = page.get_by_role("table", name="Erase in this order").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("1")
    expect(rows.last).to_contain_text("people")
    expect(page.get_by_role("table", name="Not known")).to_contain_text("silent")
    drawn = page.get_by_role("region", name="How it flows")
    expect(drawn.get_by_role("link", name=re.compile("^mart, Complete"))).to_be_visible()


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


def test_answers_can_be_taken_along(console: Served, page: Page, tmp_path: Path) -> None:
    """Lineage, impact and personal data are saved as CSV that no spreadsheet computes, and as a report."""
    for place, button, wanted in (
        (
            "/lineage?namespace=file&name=people&column=email",
            "CSV",
            [["downstream", "file", "'=1+1", "email"]],
        ),
        ("/impact?namespace=file&name=people&column=email", "CSV", [["datasets", "file", "'=1+1", "email"]]),
        ("/personal-data?label=pii", "CSV", [["erase", "1", "file", "'=1+1"]]),
        ("/personal-data?label=pii", "Report", []),
    ):
        page.goto(f"{console.url}{place}")
        with page.expect_download() as download:
            page.get_by_role("button", name=button, exact=True).click()
        saved = tmp_path / download.value.suggested_filename
        download.value.save_as(saved)
        rows = [row[:4] for row in csv.reader(saved.read_text().splitlines())]
        assert [row for row in wanted if row not in rows] == []
    assert saved.read_text().startswith("# Personal data: Label pii")


@pytest.mark.parametrize("page_name", ["lineage", "impact", "personal-data"])
def test_unknown_dataset_offers_near_ones(console: Served, page: Page, page_name: str) -> None:
    """404 with names that were perhaps meant."""
    answer = page.goto(f"{console.url}/{page_name}?namespace=file&name=poeple")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_text("Close to it: people")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/lineage", "Choose a dataset or a column"),
        ("/impact", "Choose what changes"),
        ("/personal-data", "Choose a label or a column"),
        ("/impact?namespace=file&name=deep", "Nothing breaks"),
        ("/lineage?namespace=file&name=deep&direction=downstream", "No event told lineage from here"),
    ],
)
def test_empty_pages_say_what_to_do(console: Served, page: Page, path: str, words: str) -> None:
    """Where there is nothing to show, the page says why."""
    page.goto(f"{console.url}{path}")
    expect(page.get_by_text(words)).to_be_visible()


@pytest.mark.parametrize("path", ["/lineage?namespace=file&name=people", "/datasets/file/people"])
def test_marquez_has_the_same_dataset(console: Served, page: Page, path: str) -> None:
    """The same dataset in Marquez is one click away."""
    page.goto(f"{console.url}{path}")
    target = "http://marquez.example:3000/lineage/dataset/file/people"
    expect(page.get_by_role("link", name="Marquez")).to_have_attribute("href", target)

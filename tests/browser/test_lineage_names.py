"""What a lineage picture says of long names and of runs that failed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.platform.events import NOON, dataset, run_event
from tests.platform.lineage.lineage_events import wrote

from .conftest import Served, serving
from .story import memory_platform

pytestmark = pytest.mark.chromium

LONG = "warehouse.customer_behaviour.sessions_by_region_and_device_v"
FIELD = "a_column_whose_name_is_far_too_long_for_a_box_"
RUN = "0" * 7 + "9-0000-4000-8000-" + "0" * 12
REASON = 'duplicate key violates "people_pkey"'


@pytest.fixture(scope="module")
def console() -> Iterator[Served]:
    """A console that knows two datasets whose names differ at the end, and one whose last run failed."""
    platform = memory_platform()
    error = {"errorMessage": {"message": f"{REASON}\nat line 3", "programmingLanguage": "SQL"}}
    platform.lineage.apply(
        [
            wrote(f"{LONG}1", ("crm.email", f"{FIELD}1"), ("crm.email", f"{FIELD}2"), number=1),
            wrote(f"{LONG}2", ("crm.email", "email"), job="other", number=2),
            run_event(
                "FAIL",
                pipeline="loader",
                run_id=RUN,
                facets=error,
                inputs=[dataset("crm")],
                outputs=[dataset("broken", "a")],
            ),
        ],
        NOON,
    )
    with serving(platform) as served:
        yield served


def test_long_names_keep_both_ends(console: Served, page: Page) -> None:
    """Names and columns are cut in the middle and nowhere else, and stand whole on hover."""
    page.goto(f"{console.url}/lineage?namespace=file&name=crm")
    names = page.locator(".al-box-name b")
    expect(names).to_have_count(4)
    told = names.all_inner_texts()
    assert sorted(name[-2:] for name in told if "…" in name) == ["v1", "v2"]
    assert all(name.startswith("wareh") for name in told if "…" in name)
    columns = page.locator(".al-box-column span").all_inner_texts()
    assert {"1", "2"} <= {name[-1] for name in columns if "…" in name}
    cut = "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"
    assert page.locator(".al-box-name b, .al-box-name span, .al-box-column span").evaluate_all(cut) == []
    picture = page.locator(".al-graph")
    expect(picture.get_by_title(f"file / {LONG}1 · Complete")).to_be_visible()
    expect(picture.get_by_title(f"{FIELD}2", exact=True)).to_be_visible()
    expect(picture.get_by_role("link", name=f"{FIELD}2", exact=True)).to_be_visible()


@pytest.mark.parametrize("path", ["lineage", "impact"])
def test_long_names_fit_a_narrow_window(console: Served, page: Page, path: str) -> None:
    """The name of a dataset and column breaks in headings, and the page never scrolls sideways."""
    page.set_viewport_size({"width": 400, "height": 900})
    page.goto(f"{console.url}/{path}?namespace=file&name={LONG}1&column={FIELD}1")
    expect(page.get_by_role("heading", name=f"{LONG}1.{FIELD}1")).to_be_visible()
    page.wait_for_function("document.documentElement.scrollWidth <= 400")


def test_a_red_dataset_says_why(console: Served, page: Page) -> None:
    """On hover and to a screen reader, with a way to the run that failed; a green one says nothing."""
    page.goto(f"{console.url}/lineage?namespace=file&name=crm&direction=downstream")
    box = page.get_by_role("button", name=re.compile("^broken, Failed, loader failed .*: duplicate key"))
    expect(box).to_have_attribute("title", re.compile(f"loader failed .*{REASON}$"))
    expect(page.get_by_text(REASON)).to_have_count(0)
    row = page.get_by_role("table", name="What is reached").get_by_role("row", name="broken")
    expect(row.get_by_title(REASON)).to_be_visible()
    page.get_by_role("link", name="Look from broken").focus()
    page.keyboard.press("Enter")
    page.get_by_role("note").get_by_role("link", name=REASON).click()
    page.wait_for_url(re.compile("/runs/00000009-"))


def test_a_failed_run_that_wrote_nothing(served: Served, page: Page) -> None:
    """Its pipeline is named as what failed; nobody says that the run wrote the dataset."""
    failed = run_event("FAIL", 60, pipeline="loader", run_id=RUN, inputs=[dataset("crm")])
    served.platform.lineage.apply([wrote("people", ("crm.email", "email"), job="loader"), failed], NOON)
    page.goto(f"{served.url}/lineage?namespace=file&name=crm&direction=downstream")
    table = page.get_by_role("table", name="What is reached")
    expect(table.get_by_role("columnheader", name="Last run of its pipeline")).to_be_visible()
    state = table.get_by_role("row", name="people").get_by_role("cell").nth(4)
    expect(state).to_have_text(re.compile(r"Failed\s*loader"))
    for colour, words in (
        ("", "Last run of its pipeline:"),
        ("freshness", "Last complete run of its pipeline:"),
        ("label", "Labels:"),
    ):
        page.goto(f"{served.url}/lineage?namespace=file&name=crm&colour={colour}")
        expect(page.get_by_role("group", name="Legend")).to_contain_text(words)
    page.goto(f"{served.url}/impact?namespace=file&name=crm")
    expect(page.get_by_role("group", name="Legend")).to_contain_text("Last run of its pipeline:")

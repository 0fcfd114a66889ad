"""A lineage picture with as many datasets as it takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

import pytest
from playwright.sync_api import Page, expect
from tests.platform.events import NOON
from tests.platform.lineage.lineage_events import wrote

from .conftest import Served, serving
from .story import memory_platform

pytestmark = pytest.mark.chromium

# How large the letters of names are on the screen.
LETTERS = """all => all.map(e => parseFloat(getComputedStyle(e).fontSize)
  * e.getBoundingClientRect().width / e.offsetWidth)"""

# How far below the upper edge of its table's box the head stands when the last row is looked at.
HEAD_AT_END = """table => {
  const box = table.parentElement;
  box.scrollTop = box.scrollHeight;
  const [head, edge] = [table.querySelector("th"), box].map((e) => e.getBoundingClientRect().top);
  return Math.abs(head - edge);
}"""


@pytest.fixture(scope="module")
def console() -> Iterator[Served]:
    """A console that knows a dataset with very many neighbours."""
    events = [wrote(f"mart_{n:03}", ("hub.a", "a"), job=f"job {n}", number=n + 1) for n in range(260)]
    platform = memory_platform()
    platform.lineage.apply(events, NOON)
    with serving(platform) as served:
        yield served


def test_two_hundred_datasets_stay_readable(console: Served, page: Page) -> None:
    """No box lies on another or is made too small to read, arrow keys lead along the rows, the whole has
    names too, what found no room is told, and nothing leads to a Marquez that is not there."""
    page.goto(f"{console.url}/lineage?namespace=file&name=hub")
    told = page.get_by_role("status").filter(has_text="200 datasets, the most")
    expect(told).to_contain_text("61 more")
    boxes = page.locator(".al-box")
    expect(boxes).to_have_count(200)
    expect(page.get_by_role("link", name="Marquez")).to_have_count(0)
    places = boxes.evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).map(r => [r.x, r.y, r.right, r.bottom])"
    )
    hub = page.get_by_role("button", name=re.compile("^hub,"))
    hub.focus()
    page.keyboard.press("ArrowRight")
    expect(hub).not_to_be_focused()
    first = page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name=_after(first))).to_be_focused()
    page.get_by_role("button", name="Show everything").click()
    expect(page.locator(".al-graph-all.far")).to_be_visible()
    fitted = page.locator(".al-box-name b").evaluate_all(LETTERS)
    room = page.locator(".al-graph-pane").evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert min(fitted) > 8
    assert room[0] <= room[1]
    assert min(bottom - y for _, y, _, bottom in places) > 30
    assert not [pair for pair in combinations(places, 2) if _meet(*pair)]


@pytest.mark.parametrize(("answer", "title"), [("impact", "Datasets"), ("personal-data", "Where it is")])
def test_the_picture_is_not_far_below_long_tables(
    console: Served, page: Page, answer: str, title: str
) -> None:
    """Tables of hundreds of rows scroll by themselves below their heads, so that what follows is found."""
    page.goto(f"{console.url}/{answer}?namespace=file&name=hub&column=a")
    expect(page.locator(".al-box")).to_have_count(200)
    assert (page.locator(".al-graph").bounding_box() or {"y": 9_999})["y"] < 2_000
    assert page.get_by_role("table", name=title).evaluate(HEAD_AT_END) < 2


def _after(spoken: str) -> re.Pattern[str]:
    """The box that follows one that is called so."""
    number = int(re.findall(r"mart_(\d+)", spoken)[0])
    return re.compile(f"^mart_{number + 1:03},")


def _meet(one: list[float], other: list[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]

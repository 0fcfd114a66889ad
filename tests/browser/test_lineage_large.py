"""A lineage picture with as many datasets as it takes."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from playwright.sync_api import Page, expect
from tests.platform.events import NOON
from tests.platform.lineage.lineage_events import wrote

from .conftest import serving
from .story import memory_platform

pytestmark = pytest.mark.chromium

# How large the letters of names are on the screen.
LETTERS = """all => all.map(e => parseFloat(getComputedStyle(e).fontSize)
  * e.getBoundingClientRect().width / e.offsetWidth)"""


def test_two_hundred_datasets_stay_readable(page: Page) -> None:
    """No box lies on another or is made too small to read, arrow keys lead along the rows, the whole has
    names too, what found no room is told, and nothing leads to a Marquez that is not there."""
    events = [wrote(f"mart_{n:03}", ("hub.a", "a"), job=f"job {n}", number=n + 1) for n in range(260)]
    platform = memory_platform()
    platform.lineage.apply(events, NOON)
    with serving(platform) as served:
        page.goto(f"{served.url}/lineage?namespace=file&name=hub")
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


def _after(spoken: str) -> re.Pattern[str]:
    """The box that follows one that is called so."""
    number = int(re.findall(r"mart_(\d+)", spoken)[0])
    return re.compile(f"^mart_{number + 1:03},")


def _meet(one: list[float], other: list[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]

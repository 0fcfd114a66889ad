"""A table that is wider than its window shows at which edge it goes on."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page

from .conftest import Served
from .story import Telling, tell

pytestmark = pytest.mark.chromium

# Over the words of the head and two pixels from the edges, against the middle.
EDGES = """async source => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
    canvas.drawImage(image, 0, 0);
    const colour = x => canvas.getImageData(x, 3, 1, 1).data.join();
    const middle = colour(image.width >> 1);
    return [colour(2) !== middle, colour(image.width - 3) !== middle];
}"""


def shadows(table: Locator, scrolled: int) -> list[bool]:
    """Whether there is a shadow at the left and at the right edge, with the table scrolled so far."""
    table.evaluate(
        "(box, left) => new Promise(done => { box.scrollLeft = left; requestAnimationFrame(done) })", scrolled
    )
    source = f"data:image/png;base64,{b64encode(table.screenshot()).decode()}"
    paper = table.page.context.new_page()
    try:
        return list(paper.evaluate(EDGES, source))
    finally:
        paper.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["/runs", "/datasets"])
def test_a_cut_table_has_a_shadow_where_it_goes_on(
    served: Served, page: Page, address: str, scheme: str
) -> None:
    """At its right edge first, at both in the midst, at the left one at its end; a wide window has none."""
    tell(served.platform, Telling(1, datetime.now(UTC) - timedelta(minutes=10)))
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 400, "height": 900})
    page.goto(served.url + address)
    table = page.locator(".al-table-box").first
    table.locator("td").first.wait_for()
    assert [shadows(table, left) for left in (0, 100, 99_999)] == [[False, True], [True, True], [True, False]]
    page.set_viewport_size({"width": 1900, "height": 900})
    assert shadows(table, 0) == [False, False]

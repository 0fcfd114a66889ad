"""What holds on every page: nothing from elsewhere, nothing run from data, theme and keyboard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from almenara_platform.ui import links

from .conftest import Served
from .story import Telling, tell

pytestmark = pytest.mark.chromium

MARKUP = '<script>window.ran=1</script><img src=x onerror="window.ran=1">'
SCHEME = "javascript:window.ran=1"
CODE = ":constructor}}{{window.ran=1}}"


def pages(run: Telling) -> list[str]:
    """The address of every page, with those of one run."""
    of_pipeline = links.pipeline(run.namespace, run.pipeline)
    of_search = f"/logs?q={quote(MARKUP)}&run_id={quote(MARKUP)}"
    return [
        "/",
        "/runs",
        links.run(run.run_id),
        of_pipeline,
        "/logs",
        of_search,
        "/traces",
        links.trace(run.trace_id),
        "/datasets",
    ]


def told_run(served: Served, **values: str) -> Telling:
    """A failed run that the platform knows."""
    run = Telling(1, datetime.now(UTC) - timedelta(hours=1), state="FAIL", **values)  # type: ignore[arg-type]
    tell(served.platform, run)
    return run


def settled(page: Page) -> None:
    """Wait until the page shows its data or says that there is none."""
    content = page.locator(".al-table tbody tr, .al-log, [role=treeitem], .al-message-box")
    expect(content.locator("visible=true").first).to_be_visible()


def test_nothing_is_loaded_from_elsewhere(served: Served, page: Page) -> None:
    """Every script, style, font and connection comes from the console itself."""
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.on("websocket", lambda socket: hosts.add(urlsplit(socket.url).netloc))
    for address in pages(told_run(served)):
        page.goto(served.url + address)
        settled(page)
    assert hosts - {""} == {urlsplit(served.url).netloc}


def test_a_name_is_never_run(served: Served, page: Page) -> None:
    """Whatever a pipeline, dataset, column, stage or owner is called, it is text on every page."""
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    runs = [hostile_run(number, name) for number, name in enumerate((MARKUP, SCHEME, CODE), start=1)]
    tell(served.platform, *runs)
    for address in dict.fromkeys(address for run in runs for address in pages(run)):
        answer = page.goto(served.url + address)
        assert answer is not None
        assert answer.status == 200, address
        settled(page)
        assert page.evaluate("window.ran") is None, address
        assert page.locator("a[href^='javascript']").count() == 0
    assert not dialogs


def hostile_run(number: int, name: str) -> Telling:
    """A run in which everything is called ``name``."""
    return Telling(
        number,
        datetime.now(UTC) - timedelta(hours=number),
        pipeline=name,
        namespace=name,
        owner=name,
        column=name,
        inputs=(name,),
        outputs=(name,),
        stages=((name, 1.0, 5),),
    )


def test_a_hostile_pipeline_can_be_opened(served: Served, page: Page) -> None:
    """The link in the overview leads to the page of a pipeline whatever it is called."""
    told_run(served, pipeline="../..?x#y/<b>", namespace="s3://bucket/%2F")
    page.goto(served.url)
    page.get_by_role("table", name="Pipelines").get_by_role("link", name="../..?x#y/<b>").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("../..?x#y/<b>")
    expect(page.get_by_text("s3://bucket/%2F")).to_be_visible()


def test_the_theme_is_chosen_and_remembered(served: Served, page: Page) -> None:
    """A choice holds over pages and reloads, from the first moment on, and can follow the system again."""
    page.goto(served.url)
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("menuitem", name="Dark").click()
    dark = page.evaluate(background)
    assert dark != light
    page.goto(f"{served.url}/runs")
    expect(page.locator("body.body--dark")).to_be_visible()
    assert page.evaluate(background) == dark
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("menuitem", name="Like the system").click()
    assert page.evaluate(background) == light


def test_without_a_choice_the_system_decides(served: Served, browser: Browser) -> None:
    """A reader whose system is dark gets a dark page."""
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(served.url)
    expect(page.locator("body.body--dark")).to_be_visible()
    context.close()


def test_the_keyboard_reaches_everything(served: Served, page: Page) -> None:
    """The first key leads past the navigation, focus can be seen, and ``/`` leads to the search."""
    run = told_run(served)
    page.goto(served.url)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to main content")
    expect(skip).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("/")
    search = page.get_by_role("textbox", name="Search")
    expect(search).to_be_focused()
    search.fill(run.run_id)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{served.url}/runs/{run.run_id}")


def test_pages_fit_a_narrow_window(served: Served, page: Page) -> None:
    """On half a screen and on a telephone no page scrolls sideways as a whole."""
    for address in pages(told_run(served)):
        page.goto(served.url + address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        settled(page)
        for width in (800, 400):
            page.set_viewport_size({"width": width, "height": 900})
            # Fields move to their new places for a moment.
            page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)


def test_every_control_has_a_name(served: Served, page: Page) -> None:
    """Buttons, fields and links can be told apart by assistive technology."""
    nameless = """() => [...document.querySelectorAll('button, a[href], input, [role=combobox]')]
        .filter(e => e.checkVisibility() && e.getAttribute('aria-hidden') !== 'true')
        .filter(e => !e.closest('[role=img]'))
        .filter(e => !(e.innerText.trim() || e.ariaLabel || e.title || e.labels?.length || e.placeholder))
        .map(e => e.outerHTML.slice(0, 200))"""
    for address in pages(told_run(served)):
        page.goto(served.url + address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        settled(page)
        assert page.evaluate(nameless) == [], address

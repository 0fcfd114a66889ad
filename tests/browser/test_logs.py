"""The search of logs in a browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from almenara_platform.clock import to_nanos
from almenara_platform.logs.model import LogRecord

from .conftest import Served

pytestmark = pytest.mark.chromium


def record(number: int, level: str = "INFO", message: str = "tick", **fields: object) -> LogRecord:
    """A line, so many seconds old."""
    time = to_nanos(datetime.now(UTC) - timedelta(seconds=number))
    return LogRecord(time, level, message, "worker", "ventas_etl", "load", "run-1", f"{1:032x}", None, fields)


def lines(page: Page) -> object:
    """The lines shown."""
    return page.locator(".al-log")


def test_a_condition_on_a_number_finds_lines(served: Served, page: Page) -> None:
    """A field condition compares numbers as numbers."""
    served.platform.logs.add([record(i, error_count=i) for i in range(1, 11)])
    page.goto(f"{served.url}/logs")
    expect(lines(page)).to_have_count(10)
    page.get_by_role("textbox", name="Condition: error_count>3").fill("error_count>8")
    expect(lines(page)).to_have_count(2)
    expect(page).to_have_url(f"{served.url}/logs?where=error_count%3E8")


def test_an_address_fills_the_fields_in(served: Served, page: Page) -> None:
    """Words, level and period of an address are in their fields; an id is a chip that can be taken away."""
    served.platform.logs.add([record(5, "ERROR", "disk full"), record(6, message="disk fine")])
    page.goto(f"{served.url}/logs?q=disk&level=error&run_id=run-2")
    expect(page.get_by_role("textbox", name="Words in the message")).to_have_value("disk")
    expect(page.get_by_text("Nothing matches.")).to_be_visible()
    page.get_by_label("Remove").click()
    expect(lines(page)).to_have_count(1)
    expect(page).to_have_url(f"{served.url}/logs?q=disk&level=ERROR")


def test_a_field_becomes_a_condition_at_a_click(served: Served, page: Page) -> None:
    """The fields of a line that is open narrow the search."""
    served.platform.logs.add([record(1, table="sales"), record(2, table="products")])
    page.goto(f"{served.url}/logs")
    lines(page).first.get_by_role("button").first.click()
    page.get_by_role("button", name="Only lines with table=sales").click()
    expect(lines(page)).to_have_count(1)
    expect(page.get_by_role("textbox", name="Condition: error_count>3")).to_have_value("table=sales")


def test_older_lines_come_on_demand(served: Served, page: Page) -> None:
    """The newest lines come first, older ones below them at a click, none twice."""
    served.platform.logs.add([record(i, message=f"line {i}") for i in range(1, 251)])
    page.goto(f"{served.url}/logs")
    expect(lines(page)).to_have_count(200)
    page.get_by_role("button", name="Load older lines").click()
    expect(lines(page)).to_have_count(250)
    expect(lines(page).last).to_contain_text("line 250")
    expect(page.get_by_role("button", name="Load older lines")).to_be_hidden()


def test_following_puts_new_lines_on_top(served: Served, page: Page) -> None:
    """New lines come without a reload, each once, newest on top, and only those that match."""
    served.platform.logs.add([record(30, message="old")])
    page.goto(f"{served.url}/logs?level=INFO")
    expect(lines(page)).to_have_count(1)
    page.get_by_role("switch", name="Follow").click()
    expect(page.get_by_text("Live")).to_be_visible()
    served.platform.logs.add(
        [record(2, message="first"), record(1, "DEBUG", "noise"), record(0, message="second")]
    )
    expect(lines(page)).to_have_count(3)
    expect(lines(page).first).to_contain_text("second")
    page.get_by_role("switch", name="Follow").click()
    expect(page.get_by_text("Live")).to_be_hidden()


def test_a_condition_that_is_none_is_explained(served: Served, page: Page) -> None:
    """A wrong condition says how to write one, and the next right one works."""
    served.platform.logs.add([record(1, error_count=4)])
    page.goto(f"{served.url}/logs?where=nonsense")
    expect(page.get_by_text(re.compile("is not a condition: write a field"))).to_be_visible()
    page.get_by_role("textbox", name="Condition: error_count>3").fill("error_count=4")
    expect(lines(page)).to_have_count(1)

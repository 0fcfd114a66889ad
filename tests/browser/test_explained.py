"""The critical path, the operation and the comparison in a browser."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from almenara_platform.traces.model import Span, SpanKind, Status, StatusCode

from .conftest import Served
from .story import Telling, spans, tell

pytestmark = pytest.mark.chromium

NOW = datetime.now(UTC)
RUN_SPAN = f"{3:016x}"


def failed(run: Telling) -> list[Span]:
    """The spans of a run whose own span failed."""
    status = Status(StatusCode.ERROR, "it broke")
    told = spans(run)
    return [dataclasses.replace(one, status=status) if one.span_id == RUN_SPAN else one for one in told]


def test_the_critical_path_is_marked_and_explained(served: Served, page: Page) -> None:
    """The request's path names the run's, whose marks lie on its calls; operations lead to their page."""
    run = Telling(1, NOW - timedelta(hours=1))
    tell(served.platform, run)
    page.goto(f"{served.url}/traces/{run.trace_id}")
    notes = page.get_by_role("region", name="What to know")
    expect(notes).to_contain_text("of queue wait after PRODUCER runs publish")
    page.get_by_role("link", name="Path of ventas_etl").click()
    expect(page).to_have_url(re.compile(rf"\?root={RUN_SPAN}"))
    call = page.get_by_role("treeitem", name="SELECT extract").first
    expect(call.locator("u")).to_have_count(1)
    expect(page.get_by_role("treeitem", name="runs publish").locator("u")).to_have_count(0)
    expect(page.get_by_role("link", name="Mermaid")).to_have_attribute(
        "href", f"/api/v1/traces/{run.trace_id}/critical-path?root={RUN_SPAN}&format=mermaid"
    )
    first = (
        page.get_by_role("table", name="Operations by their time on the critical path")
        .locator("tbody tr")
        .first
    )
    expect(first).to_contain_text("SELECT extract")
    expect(first.get_by_role("link")).to_have_attribute(
        "href", "/operations?service=warehouse&operation=SELECT+extract"
    )


def test_what_failed_is_looked_at_first(served: Served, page: Page) -> None:
    """A failed run and its trace name the stage that failed, a complete one the longest operation."""
    good = Telling(1, NOW - timedelta(hours=1))
    bad = Telling(2, NOW - timedelta(hours=2), state="FAIL")
    tell(served.platform, good, bad)
    served.platform.traces.add(failed(Telling(3, NOW - timedelta(hours=3), state="FAIL")))
    for path, words in (
        (f"runs/{good.run_id}", "look first at SELECT extract,"),
        (f"runs/{bad.run_id}", "look first at transform, failed"),
        (f"traces/{3:032x}", re.compile(r"Look first at\s*transform\s*failed")),
    ):
        page.goto(f"{served.url}/{path}")
        expect(page.get_by_role("main")).to_contain_text(words)


def test_the_tree_folds_to_what_matters(served: Served, page: Page) -> None:
    """Only branches with a part of the path stay open; the rest unfolds again."""
    base = 1_772_366_400_000_000_000
    trace_id = "c" * 32

    def span(number: int, parent: int | None, name: str, start: int, end: int) -> Span:
        up = f"{parent:016x}" if parent else None
        kind = SpanKind.INTERNAL
        return Span(trace_id, f"{number:016x}", up, name, "api", kind, base + start, base + end)

    root, beside, hidden = (
        span(1, None, "root", 0, 100),
        span(2, 1, "beside", 0, 50),
        span(3, 2, "hidden", 0, 40),
    )
    slow, deep = span(4, 1, "slow", 0, 100), span(5, 4, "deep", 10, 90)
    served.platform.traces.add([root, beside, hidden, slow, deep])
    page.goto(f"{served.url}/traces/{trace_id}")
    items = page.get_by_role("treeitem")
    expect(items).to_have_count(5)
    page.get_by_role("button", name="Critical path").click()
    expect(items).to_have_count(4)
    expect(page.get_by_role("treeitem", name="hidden")).to_have_count(0)
    expect(page.get_by_text("Making beside faster helps nothing until slow is 50 ns faster.")).to_be_visible()
    page.get_by_role("button", name="Unfold").click()
    expect(items).to_have_count(5)


def test_an_unknown_root_is_not_found(served: Served, page: Page) -> None:
    """The page says so instead of explaining another path."""
    run = Telling(1, NOW - timedelta(hours=1))
    tell(served.platform, run)
    page.goto(f"{served.url}/traces/{run.trace_id}?root=feed")
    expect(page.get_by_text("has no span feed")).to_be_visible()


def test_a_pipeline_over_many_runs(served: Served, page: Page) -> None:
    """It is chosen, its percentiles and operations are shown, and the address keeps the choice."""
    tell(served.platform, *(Telling(i, NOW - timedelta(hours=i), seconds=30 + i) for i in range(1, 21)))
    page.goto(f"{served.url}/operations")
    expect(page.get_by_text("Choose a pipeline or an operation")).to_be_visible()
    page.get_by_label("Pipeline", exact=True).click()
    page.get_by_role("option", name="ventas_etl").click()
    table = page.get_by_role("table", name="Operations on the critical path")
    expect(table.locator("tbody tr").first).to_contain_text("SELECT extract")
    expect(page).to_have_url(re.compile(r"/operations\?pipeline=ventas_etl"))
    page.reload()
    expect(page.get_by_text("in 20 traces")).to_be_visible()
    expect(page.get_by_role("img", name="Distribution of the durations").locator("svg")).to_be_visible()
    page.get_by_role("link", name=f"{20:032x}").first.click()
    expect(page.get_by_role("tree")).to_be_visible()


def test_wrong_words_are_told(served: Served, page: Page) -> None:
    """A duration that is none is explained where the answer would stand."""
    page.goto(f"{served.url}/operations?operation=x&min_duration=long")
    expect(page.get_by_text("is not a duration")).to_be_visible()


def test_good_and_failed_runs_are_compared(served: Served, page: Page) -> None:
    """What grew is said in a sentence and in a table with traces to open."""
    for i in range(1, 21):
        slow = i % 2 == 0
        run = Telling(i, NOW - timedelta(hours=i), seconds=60 + i / 10 if slow else 30 + i / 10)
        served.platform.traces.add(failed(run) if slow else spans(run))
    page.goto(f"{served.url}/compare?operation=ventas_etl")
    expect(page.get_by_role("region", name="What changed").get_by_role("listitem").first).to_contain_text(
        "SELECT extract [warehouse] grew by"
    )
    first = page.get_by_role("table", name="Changes on the critical path").locator("tbody tr").first
    expect(first).to_contain_text("10 of 10, 10 of 10")
    first.get_by_role("link").last.click()
    expect(page.get_by_role("tree")).to_be_visible()


def test_too_few_traces_claim_nothing(served: Served, page: Page) -> None:
    """Of one trace on a side nobody knows whether a change is chance, and the page says no such thing."""
    served.platform.traces.add(spans(Telling(1, NOW - timedelta(hours=1), seconds=30)))
    served.platform.traces.add(failed(Telling(2, NOW - timedelta(hours=2), seconds=60)))
    page.goto(f"{served.url}/compare?operation=ventas_etl")
    changed = page.get_by_role("region", name="What changed")
    expect(changed).to_contain_text("too few traces to tell it from chance")
    expect(changed).not_to_contain_text("Nothing changed")


def test_an_empty_set_is_named(served: Served, page: Page) -> None:
    """No change is claimed where one side has no traces, and a set that is none is explained."""
    served.platform.traces.add(spans(Telling(1, NOW - timedelta(hours=1))))
    page.goto(f"{served.url}/compare?operation=ventas_etl")
    expect(page.get_by_text("No trace matches in failed.")).to_be_visible()
    page.get_by_label("After", exact=True).fill("soon")
    expect(page.get_by_text("'soon' names no set of traces")).to_be_visible()


def test_traces_are_found_by_any_duration(served: Served, page: Page) -> None:
    """Both bounds are written as on the command line, stand in the address, and a wrong one is told."""
    base = 1_772_366_400_000_000_000
    for number, seconds in enumerate((2, 5, 8), start=1):
        ids = f"{number:032x}", f"{number:016x}"
        end = base + seconds * 10**9
        who = {"who": "A B"}
        span = Span(*ids, None, f"took {seconds}", "api", SpanKind.SERVER, base, end, attributes=who)
        served.platform.traces.add([span])
    rows = page.get_by_role("table", name="Traces").locator("tbody tr")
    page.goto(f"{served.url}/traces?min_duration=5s")
    expect(rows).to_have_count(2)
    expect(page.get_by_text("≥", exact=True)).to_be_visible()
    page.get_by_label("At most 1m").fill("7500ms")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("took 5")
    expect(page).to_have_url(re.compile(r"min_duration=5s&max_duration=7500ms"))
    page.get_by_label("user.id=user123").fill('"who=A B"')
    expect(page).to_have_url(re.compile(r"attribute="))
    expect(rows).to_have_count(1)
    page.get_by_label("At least 5s").fill("long")
    expect(page.get_by_text("'long' is not a duration")).to_be_visible()


def test_traces_are_found_by_operation_attribute_and_database(served: Served, page: Page) -> None:
    """The fields are the words of the API; what cannot be understood is told."""
    base = 1_772_366_400_000_000_000

    def add(number: int, name: str, **attributes: str) -> None:
        ids = f"{number:032x}", f"{number:016x}"
        span = Span(*ids, None, name, "api", SpanKind.CLIENT, base, base + 9, attributes=attributes)
        served.platform.traces.add([span])

    add(1, "read", **{"user.id": "ana"})
    add(2, "read", **{"user.id": "eva", "db.system.name": "sqlite"})
    add(3, "write", **{"user.id": "ana"})
    rows = page.get_by_role("table", name="Traces").locator("tbody tr")
    page.goto(f"{served.url}/traces?attribute=user.id%3Dana")
    expect(rows).to_have_count(2)
    page.get_by_label("Operation", exact=True).fill("read")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile(r"operation=read&attribute=user.id%3Dana"))
    page.goto(f"{served.url}/traces?database=true")
    expect(rows).to_have_count(1)
    page.get_by_label("user.id=user123").fill("nonsense")
    expect(page.get_by_text("is not of the form key=value")).to_be_visible()
    expect(page.get_by_text("This cannot be asked")).to_be_visible()

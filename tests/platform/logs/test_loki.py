"""Loki as a log store: what is asked of it, and what is said when it does not answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from tests.platform.events import NOON, at
from tests.platform.spans import NOON_NS, SECOND

from almenara_platform.exceptions import StoreUnavailable
from almenara_platform.logs.condition import parse_condition
from almenara_platform.logs.loki import LokiLogStore
from almenara_platform.logs.loki_query import expression, stored_name
from almenara_platform.logs.port import LogQuery, Order

Line = tuple[int, str]


def store(answer: Callable[[httpx.Request], httpx.Response]) -> LokiLogStore:
    """A store whose Loki is this function."""
    client = httpx.Client(transport=httpx.MockTransport(answer))
    return LokiLogStore("http://loki:3100/", timedelta(days=35), lambda: NOON, client)


def answering(lines: list[Line], asked: list[dict[str, str]]) -> Callable[[httpx.Request], httpx.Response]:
    """A Loki that keeps these lines, takes its range and limit seriously, and nothing else."""

    def answer(request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        asked.append(query)
        inside = [line for line in lines if int(query["start"]) <= line[0] < int(query["end"])]
        inside.sort(reverse=query["direction"] == "backward")
        values = [[str(time), text, {}] for time, text in inside[: int(query["limit"])]]
        return httpx.Response(
            200, json={"data": {"result": [{"stream": {"service_name": "x"}, "values": values}]}}
        )

    return answer


def read_all(loki: LokiLogStore, query: dict[str, Any]) -> list[str]:
    """The messages of every page."""
    seen: list[str] = []
    cursor = None
    while True:
        page = loki.find(LogQuery(**query, cursor=cursor))
        seen += [record.message for record in page.items]
        cursor = page.next
        if cursor is None:
            return seen


@pytest.mark.parametrize("order", list(Order))
def test_lines_of_one_instant_beyond_a_page_are_all_read(order: Order) -> None:
    """A hundred lines of one nanosecond come out once each, three at a time, and so do their neighbours."""
    lines = [(NOON_NS, f"same {number}") for number in range(100)]
    lines += [(NOON_NS - SECOND, "before"), (NOON_NS + SECOND, "after")]
    seen = read_all(store(answering(lines, [])), {"limit": 3, "order": order})
    assert sorted(seen) == sorted(text for _, text in lines)


def test_rare_lines_are_found_behind_many_others() -> None:
    """What Loki lets through and the query does not is read over, on as many pages as it takes."""
    lines = [(NOON_NS - number, "rare" if number == 9_000 else "other") for number in range(10_000)]
    loki = store(answering(lines, []))
    assert read_all(loki, {"limit": 5, "text": "rare"}) == ["rare"]


def test_range_is_that_of_the_query() -> None:
    """The beginning is inside, the end outside, and without a beginning it is the retention."""
    asked: list[dict[str, str]] = []
    loki = store(answering([], asked))
    loki.find(LogQuery(since=at(1), until=at(2)))
    loki.find(LogQuery())
    assert (int(asked[0]["start"]), int(asked[0]["end"])) == (NOON_NS + SECOND, NOON_NS + 2 * SECOND)
    assert int(asked[1]["start"]) == NOON_NS - 35 * 86_400 * SECOND


def test_texts_of_a_query_stay_texts() -> None:
    """Quotes, braces and signs of regular expressions in a query mean themselves."""
    query = LogQuery(service='a"} or {b="c', run_id="r`\\", text='x" |= "y.*', level="ERROR")
    part = '"(?is).*x\\" \\\\|= \\"y\\\\.\\\\*.*"'
    assert expression(query) == (
        '{service_name="a\\"} or {b=\\"c"} | run_id="r`\\\\" '
        '| label_format line_text="{{__line__}}" '
        f"| line_text=~{part} or error_message=~{part} | drop line_text "
        '| severity_number="" or severity_number>=17'
    )


@pytest.mark.parametrize(
    ("condition", "asked"),
    [
        ("rows>3", "| rows>3"),
        ("rows<=0.5", "| rows<=0.5"),
        ("rows>-3", '| rows!=""'),
        ("rows>1e300", '| rows!=""'),
        ("rows=3", '| rows!=""'),
        ("table=sales", '| table="sales"'),
        ("table!=sales", '| table!=""'),
        ("stage=load", '| stage="load"'),
        ("message=x", ""),
    ],
)
def test_condition_asks_loki_for_no_less_than_it_means(condition: str, asked: str) -> None:
    """Only what LogQL compares as we do is left to it."""
    assert (
        expression(LogQuery(where=(parse_condition(condition),))) == f'{{service_name=~".+"}} {asked}'.strip()
    )


def test_field_has_the_name_that_loki_gives_it() -> None:
    """Signs that no label may have become underscores, and a digit does not come first."""
    assert [stored_name(name) for name in ("http.status-code", "5xx", "rows")] == [
        "http_status_code",
        "key_5xx",
        "rows",
    ]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(429, text="too many outstanding requests"), "answered 429: too many outstanding"),
        (httpx.Response(200, text="<html>"), "no JSON; is that its address?"),
        (httpx.Response(200, json={"data": {}}), "answered no log lines"),
    ],
)
def test_odd_answer_is_an_unavailable_store(answer: httpx.Response, words: str) -> None:
    """Whatever Loki says, the error names it, its address and its words."""
    with pytest.raises(StoreUnavailable, match="Loki at http://loki:3100") as caught:
        store(lambda request: answer).find(LogQuery())
    assert words in str(caught.value)


def test_silent_loki_is_an_unavailable_store() -> None:
    """A refused connection is told as such, by a ping too."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(StoreUnavailable, match="does not answer: refused"):
        store(refuse).ping()

"""What makes two events the same."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.platform.events import dataset, run_event

from almenara_platform.clock import from_micros
from almenara_platform.runs.identity import digest

TIME_DIGITS = 14
LAST = 16**TIME_DIGITS - 1
"""In the year 4253."""


def told(**more: Any) -> dict[str, Any]:
    """An event with something in each of its parts."""
    owner = {"ownership": {"owners": [{"name": "bi"}], "_producer": "x"}}
    tables = {"inputs": [dataset("sales", "day", "amount")], "outputs": [dataset("daily", "day")]}
    return run_event("COMPLETE", 9, job_facets=owner, **tables) | {"dataset": dataset("mart", "a")} | more


def turned(value: Any) -> Any:
    """The same with the keys of every object the other way round."""
    if isinstance(value, dict):
        return {name: turned(value[name]) for name in reversed(value)}
    return [turned(item) for item in value] if isinstance(value, list) else value


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    """The event with another value in one place."""
    event = place = deepcopy(told())
    for step in path[:-1]:
        place = place[step]  # type: ignore[index]
    place[path[-1]] = to  # type: ignore[index]
    return event


OTHERS = {
    "type": changed("eventType", to="FAIL"),
    "time": changed("eventTime", to="2026-03-01T12:00:09.000001+00:00"),
    "run": changed("run", "runId", to="0195aaaa-0000-7000-8000-000000000009"),
    "run facet": changed("run", "facets", "parent", to={}),
    "job": changed("job", "name", to="other_etl"),
    "job facet": changed("job", "facets", "ownership", "owners", 0, "name", to="ml"),
    "input": changed("inputs", 0, "name", to="costs"),
    "no inputs": changed("inputs", to=[]),
    "null inputs": changed("inputs", to=None),
    "inputs left out": {name: value for name, value in told().items() if name != "inputs"},
    "column": changed("outputs", 0, "facets", "schema", "fields", 0, "name", to="month"),
    "exchanged": changed("inputs", to=told()["outputs"]) | {"outputs": told()["inputs"]},
    "dataset": changed("dataset", "name", to="other"),
    "producer": changed("producer", to="https://example.org/other"),
}


def test_order_of_keys_is_no_difference() -> None:
    """An event that was written down in another order has the same name, however deep the order differs."""
    assert list(turned(told())) != list(told())
    assert digest(turned(told())) == digest(told())


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
def test_whatever_differs_makes_another_event(other: dict[str, Any]) -> None:
    """Time, run, and each part and member count."""
    assert digest(other) != digest(told())


def test_all_that_differ_have_names_of_their_own() -> None:
    """No two of the changes make the same event."""
    assert len({digest(event) for event in OTHERS.values()}) == len(OTHERS)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, LAST), min_size=2, max_size=5))
def test_names_are_in_the_order_of_times(times: list[int]) -> None:
    """Events that come together lie together in an index of their names, and the time can be read in them."""
    events = [told(eventTime=from_micros(micros).isoformat()) for micros in times]
    digests = sorted(map(digest, events))
    assert [int(each[:TIME_DIGITS], 16) for each in digests] == sorted(times)


@pytest.mark.parametrize("time", ["1960-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_times_that_no_clock_tells_have_names_too(time: str) -> None:
    """Before 1970 and after the years that fit into the digits, events are told apart all the same."""
    assert digest(told(eventTime=time)) == digest(turned(told(eventTime=time)))
    assert digest(told(eventTime=time)) != digest(told(eventTime=time.replace("Z", ".000001Z")))

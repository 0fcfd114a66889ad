"""Events whose repeated parts are read and checked once."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.platform.events import dataset, run_event

from almenara_platform.exceptions import BadRequest
from almenara_platform.gateway import openlineage, parts
from almenara_platform.gateway.measured import MEASURING, SIDES

_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_EVENTS = st.dictionaries(st.sampled_from((*parts.PARTS, "run", "ñ\n")) | st.text(), _JSON, max_size=6)
_DATASETS = st.lists(
    st.dictionaries(st.sampled_from(("namespace", "facets", *MEASURING)) | st.text(), _JSON, max_size=4),
    max_size=3,
)


def read(reader: Any, body: bytes) -> Any:
    """What a reader makes of a body, its own words for what is wrong left out."""
    try:
        return repr(reader(body))
    except orjson.JSONDecodeError:
        return "not JSON"


@settings(max_examples=200, deadline=None)
@given(st.one_of(_EVENTS, st.lists(_EVENTS, max_size=3), _JSON), st.booleans())
def test_body_is_read_as_by_the_library(value: Any, indented: bool) -> None:
    """Objects, arrays and anything else have the values and the order of keys that the text has."""
    body = json.dumps(value, indent=2 if indented else None, ensure_ascii=False).encode()
    assert read(parts.loads, body) == read(orjson.loads, body)


@settings(max_examples=300, deadline=None)
@given(st.one_of(_EVENTS, st.lists(_EVENTS, max_size=2)), st.data())
def test_broken_body_is_refused_as_by_the_library(value: Any, data: st.DataObject) -> None:
    """A text with a byte put in, changed or taken out reads the same, or not at all."""
    body = bytearray(json.dumps(value, ensure_ascii=False).encode())
    place = data.draw(st.integers(0, len(body) - 1))
    body[place : place + data.draw(st.integers(0, 1))] = data.draw(
        st.sampled_from(
            (b"", b"]", b"}", b",", b'"', b"\\", b"\xff", b"0", b" ", b":1", b'"inputs":[],', b"\x00")
        )
    )
    assert read(parts.loads, bytes(body)) == read(orjson.loads, bytes(body))


@pytest.mark.parametrize(
    "body",
    [
        b'{"inputs": [1], "inputs": [2]}',
        b'{"inp\\u0075ts": [1]}',
        b'{"inputs": ["\xff"]}',
        b'{"inputs": ["\\ud800"]}',
        b'{"\\ud800": 1}',
        b'{"run": 01}',
        b'{"run": 1e999}',
        b'{"run": NaN}',
        b'{"run": 1} {"run": 2}',
        b'\xef\xbb\xbf{"run": 1}',
        b'{"inputs": ' + b"[" * 300 + b"]" * 300 + b"}",
        b'{"run": ' + b"[" * 2000 + b"]" * 2000 + b"}",
        b"[" * 100_000,
        b"",
        b" \n",
    ],
)
def test_what_is_not_the_usual_way_is_read_as_by_the_library(body: bytes) -> None:
    """Repeated and escaped keys, texts that are none, numbers out of range, and nesting without end."""
    assert read(parts.loads, body) == read(orjson.loads, body)


def test_what_came_as_the_same_bytes_is_the_same_object() -> None:
    """Events of a batch, and of another, share the parts that they have in common."""
    start, end = (run_event(kind, outputs=[dataset("sales", "a")]) for kind in ("START", "COMPLETE"))
    (first, second), third = parts.loads(orjson.dumps([start, end])), parts.loads(orjson.dumps(end))
    assert first["outputs"] is second["outputs"] is third["outputs"]
    assert parts.packed(first) == parts.packed(start)


@example("outputs", [{"namespace": "n", "name": "x", "facets": []}])
@settings(max_examples=100, deadline=None)
@given(st.sampled_from(parts.PARTS), _JSON)
def test_checked_again_is_checked_the_same(part: str, value: Any) -> None:
    """An event is taken or refused for the same reason at its second coming, by its text and by its value."""
    event = {name: told for name, told in run_event("START").items() if name != part} | {part: value}
    body = json.dumps(event).encode()
    first, *others = (fault_of(each) for each in (orjson.loads(body), parts.loads(body), parts.loads(body)))
    assert others == [first, first]


def test_parts_that_make_a_run_event_make_no_event_of_a_dataset() -> None:
    """What was checked as the parts of a run is checked anew where it stands alone."""
    about_run = run_event("START") | {"dataset": {"name": 7}}
    alone = {name: value for name, value in about_run.items() if name not in ("run", "eventType")}
    assert fault_of(about_run) is None
    assert fault_of(alone) == "dataset.namespace"


def fault_of(event: Any) -> str | None:
    """The field for which an event is refused."""
    try:
        openlineage.validate(event)
    except BadRequest as error:
        return error.field
    return None


@settings(max_examples=200, deadline=None)
@given(st.fixed_dictionaries({"run": _JSON}, optional=dict.fromkeys(SIDES, _DATASETS)))
def test_what_is_measured_is_read_apart_and_is_in_the_event(event: dict[str, Any]) -> None:
    """An event with measurements has the values of its text, and the same parts and measurements."""
    body = json.dumps(event, ensure_ascii=False).encode()
    found, whole = parts.loads(body), orjson.loads(body)
    assert found == whole
    assert orjson.loads(parts.packed(found)) == orjson.loads(parts.packed(whole))
    assert parts.measured_in(found) == parts.measured_in(whole)


@pytest.mark.parametrize("inputs", [[], None], ids=["no inputs", "null"])
def test_events_that_differ_in_what_they_measured_have_the_same_parts(inputs: Any) -> None:
    """What is found out about the parts of one serves the other, whose own numbers it has."""
    counted = [
        run_event(
            "COMPLETE", outputs=[dataset("sales", "day", outputFacets={"outputStatistics": {"rowCount": n}})]
        )
        for n in (1, 2)
    ]
    counted = [event | {"inputs": inputs} for event in counted]
    found = parts.loads(orjson.dumps(counted))
    assert found == counted
    assert found[0].packed is found[1].packed


@pytest.mark.parametrize("group", MEASURING)
def test_measurements_are_checked_in_each_event(group: str) -> None:
    """Good ones say nothing about those of the next event with the same parts."""
    good, bad = (run_event("COMPLETE", outputs=[dataset("sales") | {group: each}]) for each in ({}, [1]))
    body = orjson.dumps([good, good, bad])
    first, second, third = openlineage.parse(body)
    assert openlineage.validate(first) == openlineage.validate(second) == good
    for event in (third, bad):
        with pytest.raises(BadRequest, match=rf"outputs\[0\].{group} is not an object"):
            openlineage.validate(event)


def test_measurements_nested_too_deeply_are_refused() -> None:
    """They could not be written again."""
    deep: Any = []
    for _ in range(400):
        deep = [deep]
    event = run_event("COMPLETE", outputs=[dataset("sales") | {"outputFacets": {"x": deep}}])
    for found in (event, openlineage.parse(json.dumps(event).encode())):
        with pytest.raises(BadRequest, match="nested too deeply"):
            openlineage.validate(found)

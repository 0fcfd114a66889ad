"""What events have in common, read once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.platform.events import dataset, run_event
from tests.platform.lineage.lineage_events import wrote

from almenara_platform.runs import event as run_events
from almenara_platform.runs.fold import RunFold
from almenara_platform.runs.identity import digest
from almenara_platform.runs.projection import project
from almenara_platform.runs.registers import Registers
from almenara_platform.store.gist import gist

_FACETS = st.dictionaries(st.text(), st.deferred(lambda: _JSON), max_size=3)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    "event",
    [
        wrote("sales", ("raw.a!", "a"), owner="bi", columns=("a", "ñ")),
        run_event("START") | {"inputs": None, "outputs": None},
        {name: value for name, value in run_event("START").items() if name not in ("inputs", "outputs")},
        {"eventTime": "2026-03-01T12:00:00Z", "producer": "x", "dataset": dataset("sales", "b", "a")},
        {"outputs": [dataset("z", facets={"b": {"z": 1, "a": 2.5}, "a": {}})], **run_event("FAIL")},
        run_event("COMPLETE", outputs=[dataset("wide", *(f"column_{n}" for n in range(2000)))]),
    ],
    ids=["lineage", "null parts", "no parts", "dataset", "keys in no order", "too wide to be remembered"],
)
def test_event_put_together_is_the_event(event: dict[str, Any]) -> None:
    """Body and digest are those of the whole event, when its gist is new and when it is remembered."""
    for _ in range(2):
        assert gist(event).body(event) == orjson.dumps(event)
        assert gist(event).digest(event) == digest(event)


@settings(max_examples=50, deadline=None)
@given(_FACETS, _FACETS)
def test_any_facets_are_put_together(facets: dict[str, Any], own: dict[str, Any]) -> None:
    """Whatever emitters put into facets and beside them is in the body and counts in the digest."""
    event = own | run_event("START", facets=facets, outputs=[dataset("sales", "a") | {"facets": facets}])
    assert gist(event).body(event) == orjson.dumps(event)
    assert gist(event).digest(event) == digest(event)


def test_gist_keeps_nothing_of_its_caller() -> None:
    """An event that is changed after it was stored changes nothing of what the next ones are read as."""
    event = wrote("mine", ("raw.a", "a"), columns=("a",))
    text = orjson.dumps(event)
    assert len(gist(event).datasets[1].schema or ()) == 1
    event["outputs"][0]["facets"]["schema"]["fields"].clear()
    again = orjson.loads(text)
    assert gist(again).body(again) == text
    told = run_events.read(again, known_registers=gist(again).registers)
    fold = RunFold(told.run_id)
    fold.apply(told)
    assert [column.name for column in project(fold).outputs[0].schema] == ["a"]


@settings(max_examples=50, deadline=None)
@given(order=st.lists(st.sampled_from(["START", "RUNNING", "COMPLETE"]), min_size=1, max_size=5))
def test_runs_that_share_what_they_tell_are_as_if_they_did_not(order: list[str]) -> None:
    """Datasets made once for many runs are those that the run's own registers tell."""
    narrow = [dataset("sales", "a", outputFacets={"outputStatistics": {"rowCount": 7}})]
    wide = [dataset("sales", "a", "b"), dataset("costs", "c")]
    fold = RunFold(run_event("START")["run"]["runId"])
    for second, kind in enumerate(order):
        event = run_event(kind, second, outputs=wide if kind == "RUNNING" else narrow)
        fold.apply(run_events.read(event, known_registers=gist(event).registers))
    assert project(fold) == project(RunFold.load(fold.dump()))


@settings(max_examples=100, deadline=None)
@given(order=st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 9)), min_size=1, max_size=6))
def test_what_is_kept_in_one_piece_is_kept_as_if_it_were_not(order: list[tuple[str, int]]) -> None:
    """Events that share what they tell, in any order, leave the registers that they leave one by one."""
    told = {"A": [dataset("sales", "a")], "B": [dataset("sales", "a", "b"), dataset("costs", "c")]}
    shared, apart = (RunFold(run_event("START")["run"]["runId"]) for _ in range(2))
    for name, second in order:
        event = run_event("RUNNING", second, outputs=told[name])
        shared.apply(run_events.read(event, known_registers=gist(event).registers))
        apart.apply(run_events.read(event))
    assert sorted(orjson.loads(shared.dump())[1]) == sorted(orjson.loads(apart.dump())[1])
    assert project(shared) == project(apart)


_TOLD: dict[str, dict[str, Any]] = {
    "A": {"outputs": [dataset("sales", "a")]},
    "B": {"outputs": [dataset("sales", "a", "b"), dataset("costs", "c")], "inputs": [dataset("raw")]},
    "nothing": {},
}


def registers(fold: RunFold) -> list[Any]:
    """All registers and times of a fold, whether in one piece or not."""
    run_id, listed, *times = orjson.loads(fold.dump())
    return [run_id, sorted(listed), *times]


@settings(max_examples=150, deadline=None)
@given(
    order=st.lists(
        st.tuples(
            st.sampled_from([*_TOLD, "silence"]),
            st.sampled_from(["START", "FAIL"]),
            st.integers(0, 9),
            st.booleans(),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_fold_goes_on_from_where_what_is_told_was_left_out(order: list[tuple[str, str, int, bool]]) -> None:
    """Written after each event without what is told and given that again, it is as if never written."""
    never, stored = (RunFold(run_event("START")["run"]["runId"]) for _ in range(2))
    for name, kind, second, read_anew in order:
        event = run_event(kind, second, **_TOLD.get(name, {}))
        if name == "silence":
            event["run"]["facets"]["almenara_silence"] = {}
        told = run_events.read(event, known_registers=gist(event).registers)
        never.apply(told)
        stored.apply(told)
        known = Registers(event) if read_anew and stored.told is told.registers else stored.told
        stored = RunFold.load(stored.dump(with_told=False), known)
        assert registers(stored) == registers(never)
        assert project(stored) == project(never)
        assert orjson.dumps(stored.datasets.packed) == orjson.dumps(never.datasets.packed)
        for key in (("job",), ("outputs", "file", "sales", "schema"), ("inputs", "file", "raw", "")):
            assert (stored.value(*key), stored.attempt_of(*key)) == (
                never.value(*key),
                never.attempt_of(*key),
            )


def test_what_all_events_tell_is_not_written_down() -> None:
    """A fold without it is short, and lacks nothing but that."""
    wide = run_event("START", outputs=[dataset("wide", *(f"column_{n}" for n in range(200)))])
    fold = RunFold(wide["run"]["runId"])
    fold.apply(run_events.read(wide, known_registers=gist(wide).registers))
    without = fold.dump(with_told=False)
    assert b"column" not in without
    assert project(RunFold.load(without)) == replace(project(fold), outputs=())
    assert project(RunFold.load(without, fold.told)) == project(fold)


def test_dataset_that_is_named_twice_is_told_by_its_first_place() -> None:
    """Whether the run tells it alone or another event tells something else, the same schema is shown."""
    twice = run_event("START", outputs=[dataset("sales", "first"), dataset("sales", "second")])
    fold = RunFold(twice["run"]["runId"])
    fold.apply(run_events.read(twice))
    alone = project(fold).outputs
    fold.apply(run_events.read(run_event("RUNNING", 1, inputs=[dataset("costs", "c")])))
    assert [column.name for column in alone[0].schema] == ["first"]
    assert project(fold).outputs == alone

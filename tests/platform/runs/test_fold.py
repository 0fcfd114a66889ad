"""The fold of events into a run: whatever order and repetition they come in."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.platform.events import (
    NOON,
    RUN_ID,
    TRACE_ID,
    at,
    dataset,
    heartbeat,
    progress,
    queued,
    run_event,
    stage,
)

from almenara_platform.runs.event import read
from almenara_platform.runs.fold import RunFold
from almenara_platform.runs.identity import run_uuid
from almenara_platform.runs.model import Run, RunState
from almenara_platform.runs.projection import project
from almenara_platform.runs.silence import abort_event

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def folded(*events: dict[str, Any]) -> Run:
    """The run that these events make."""
    return project(fold_of(events))


def fold_of(events: Any) -> RunFold:
    """The fold of these events."""
    fold = RunFold(read(events[0]).run_id)
    for event in events:
        fold.apply(read(event))
    return fold


def story() -> list[dict[str, Any]]:
    """A run that was queued, died, was aborted by silence, tried again, and failed."""
    first = [
        queued(),
        run_event(
            "START", 0, facets={"almenara_trace": {"traceId": TRACE_ID}}, inputs=[dataset("sales", "day")]
        ),
        run_event("RUNNING", 1, facets=progress(stage("extract", "RUNNING"))),
        heartbeat(15),
    ]
    silence = abort_event(folded(*first))
    second = [
        run_event("START", 100, facets=progress(attempt=2)),
        run_event("RUNNING", 110, facets=progress(stage("extract"), attempt=2)),
        heartbeat(115, attempt=2),
        run_event(
            "FAIL",
            120,
            facets=progress(stage("extract"), stage("load", "FAIL"), attempt=2)
            | {"errorMessage": {"message": "no"}},
            outputs=[dataset("daily", "day", "amount")],
        ),
    ]
    third_party = [run_event("OTHER", 50, facets={"spark": {"plan": "x"}}), run_event("COMPLETE", 119)]
    return [*first, silence, *second, *third_party]


@settings(max_examples=200, deadline=None)
@given(st.randoms(use_true_random=False), st.lists(st.integers(0, 10), max_size=10))
def test_order_and_repetition_do_not_matter(random: Random, repeated: list[int]) -> None:
    """Any shuffle of a run's events with any repetitions gives the same run."""
    events = story()
    expected = folded(*events)
    shuffled = events + [events[index] for index in repeated]
    random.shuffle(shuffled)
    assert folded(*shuffled) == expected


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.builds(
            lambda kind, time, attempt, beats: run_event(
                kind,
                time,
                facets={"almenara_run": {"attempt": attempt, "heartbeat": beats, "stages": [stage(kind)]}},
            ),
            st.sampled_from(("START", "RUNNING", "COMPLETE", "FAIL", "ABORT", "OTHER")),
            st.integers(0, 3),
            st.integers(1, 2),
            st.booleans(),
        ),
        min_size=1,
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
def test_equal_times_do_not_matter_either(events: list[dict[str, Any]], random: Random) -> None:
    """Events of one instant have an order of their own, so their arrival has none."""
    shuffled = list(events)
    random.shuffle(shuffled)
    assert folded(*shuffled) == folded(*events)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 11))
def test_a_stored_fold_goes_on_as_if_never_stored(cut: int) -> None:
    """Writing the fold down between any two events changes nothing."""
    events = story()
    fold = fold_of(events[:cut] or events[:1])
    resumed = RunFold.load(fold.dump())
    for event in events:
        resumed.apply(read(event))
    assert project(resumed) == folded(*events)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from(("stages", "quality", "attempt", "heartbeatSeconds", "state")), JSON),
    JSON,
)
def test_any_facet_can_be_read(almenara: dict[str, Any], other: Any) -> None:
    """Whatever JSON a facet holds, the run can be told and stored."""
    names = ("almenara_trace", "errorMessage", "parent", "x")
    facets = {"almenara_run": almenara | {"heartbeat": True}} | dict.fromkeys(names, other)
    table = dataset(
        "t", facets={"schema": other, "dataQualityMetrics": other, "dataQualityAssertions": other}
    )
    event = run_event("FAIL", facets=facets, job_facets={"ownership": other}, inputs=[table])
    fold = fold_of([event])
    assert project(RunFold.load(fold.dump())) == project(fold)


def test_queued_run_waits() -> None:
    """OTHER with the state QUEUED is a run that waits; without it, one of which little is known."""
    run = folded(queued(-5))
    assert (run.state, run.queued_at, run.started_at) == (RunState.QUEUED, at(-5), None)
    assert folded(run_event("OTHER")).state is RunState.RUNNING


def test_queued_does_not_hide_a_start() -> None:
    """A queue whose clock is ahead does not put a running run back."""
    assert folded(run_event("START", 0), queued(9)).state is RunState.START


def test_end_is_final() -> None:
    """A START or RUNNING that is later by its clock does not reopen a run that ended."""
    run = folded(run_event("COMPLETE", 10), run_event("START", 20), run_event("RUNNING", 30))
    assert (run.state, run.ended_at) == (RunState.COMPLETE, at(10))


def test_later_of_two_ends_counts() -> None:
    """When a run ended twice, the later end is believed."""
    run = folded(run_event("FAIL", 20), run_event("COMPLETE", 10))
    assert (run.state, run.ended_at) == (RunState.FAIL, at(20))


def test_next_attempt_replaces_an_end() -> None:
    """A retry under the same id runs again, and its duration is its own."""
    events = [
        run_event("START", 0),
        run_event("ABORT", 10),
        run_event("START", 100, facets=progress(attempt=2)),
    ]
    run = folded(*events)
    assert (run.state, run.attempt, run.started_at, run.ended_at) == (RunState.START, 2, at(100), None)
    done = folded(*events, run_event("COMPLETE", 130, facets=progress(attempt=2)))
    assert done.duration_seconds == 30


def test_running_alone_tells_a_start() -> None:
    """When the START is lost the first RUNNING stands in; the START, when it comes, is right."""
    assert folded(heartbeat(15), heartbeat(30)).started_at == at(15)
    assert folded(heartbeat(15), run_event("START", 0)).started_at == at(0)


def test_end_before_start_has_both() -> None:
    """COMPLETE that overtakes START ends with start, end and duration."""
    run = folded(run_event("COMPLETE", 60), run_event("START", 0))
    assert (run.started_at, run.ended_at, run.duration_seconds) == (at(0), at(60), 60)


def test_stages_are_those_of_the_latest_event() -> None:
    """Each list of stages replaces the one before, and a late old one does not come back."""
    early = run_event("RUNNING", 1, facets=progress(stage("extract", "RUNNING")))
    late = run_event("RUNNING", 9, facets=progress(stage("extract"), stage("load", "RUNNING")))
    run = folded(late, early)
    assert [(s.name, s.state) for s in run.stages] == [
        ("extract", RunState.COMPLETE),
        ("load", RunState.RUNNING),
    ]
    assert run.records == 10


def test_stage_that_was_left_open_ends_with_its_run() -> None:
    """A killed run has no stage that runs for ever."""
    running = run_event("RUNNING", 1, facets=progress(stage("extract", "RUNNING")))
    assert folded(running, run_event("ABORT", 9)).stages[0].state is RunState.ABORT
    assert folded(running, run_event("COMPLETE", 9)).stages[0].state is RunState.COMPLETE


def test_error_has_message_type_and_stack() -> None:
    """The standard facet tells message and stack, the stage that failed the type."""
    failed = stage("load", "FAIL", error={"type": "ValueError", "message": "no", "stack": None})
    facets = progress(failed) | {"errorMessage": {"message": "ValueError: no", "stackTrace": "at line 1"}}
    run = folded(run_event("FAIL", facets=facets))
    assert run.error is not None
    assert (run.error.type, run.error.message, run.error.stack) == ("ValueError", "no", "at line 1")


@pytest.mark.parametrize(
    ("message", "stack", "expected"),
    [
        (
            "QualityError: sales: 5 nulls",
            "Traceback\n  at 1\nalmenara.exceptions.QualityError: sales: 5 nulls",
            ("QualityError", "sales: 5 nulls"),
        ),
        ("KeyError: 'a'", "KeyError: 'a'\n  at 2", ("KeyError", "'a'")),
        ("sales: 5 nulls", "Traceback\nValueError: sales: 5 nulls", (None, "sales: 5 nulls")),
        ("sales: 5 nulls", None, (None, "sales: 5 nulls")),
        ("sales", "sales", (None, "sales")),
    ],
)
def test_error_outside_of_stages_has_its_type(
    message: str, stack: str | None, expected: tuple[str | None, str]
) -> None:
    """The type that stands before the message is one if the stack says so too, as for a failed check."""
    told = {"message": message, "stackTrace": stack}
    run = folded(run_event("FAIL", facets=progress(stage("load")) | {"errorMessage": told}))
    assert run.error is not None
    assert (run.error.type, run.error.message) == expected


def test_error_of_an_earlier_attempt_is_gone() -> None:
    """A run that succeeded at last has no error, nor one whose second attempt failed silently."""
    first = run_event("FAIL", 1, facets={"errorMessage": {"message": "no"}})
    assert folded(first, run_event("COMPLETE", 9, facets=progress(attempt=2))).error is None
    assert folded(first, run_event("FAIL", 9, facets=progress(attempt=2))).error is None


def test_third_party_run_has_what_the_standard_tells() -> None:
    """Without Almenara's facets a run has datasets, counts, quality, owner, parent and root."""
    metrics = {"rowCount": 200, "bytes": 9, "columnMetrics": {"amount": {"nullCount": 3}, "day": {}}}
    checks = {"assertions": [{"assertion": "not_null", "success": False, "column": "amount"}]}
    parent = {"run": {"runId": str(RUN_ID).upper()}, "job": {"namespace": "airflow", "name": "dag.task"}}
    root = {"run": {"runId": "scheduled__2026-03-01"}, "job": {"namespace": "airflow", "name": "dag"}}
    run = folded(
        run_event(
            "COMPLETE",
            facets={"parent": parent | {"root": root}},
            job_facets={"ownership": {"owners": [{"name": "a"}, {"name": "b"}]}},
            inputs=[
                dataset(
                    "raw", "day", inputFacets={"dataQualityMetrics": metrics, "dataQualityAssertions": checks}
                )
            ],
            outputs=[dataset("daily", outputFacets={"outputStatistics": {"rowCount": 7, "size": 70}})],
        )
    )
    assert (run.inputs[0].rows, run.outputs[0].rows, run.outputs[0].bytes) == (200, 7, 70)
    assert [(q.check, q.column, q.value, q.passed) for q in run.quality] == [
        ("row_count", None, 200.0, None),
        ("null_percentage", "amount", 1.5, None),
        ("not_null", "amount", None, False),
    ]
    assert (run.owner, run.parent_run_id, run.stages) == ("a, b", RUN_ID, ())
    assert run.root_run_id == run_uuid("scheduled__2026-03-01", "airflow", "dag")


def test_datasets_of_several_events_add_up() -> None:
    """A dataset named at START stays when COMPLETE names only others."""
    run = folded(
        run_event("START", inputs=[dataset("sales", "day")]),
        run_event("COMPLETE", 9, inputs=[dataset("products")], outputs=[dataset("daily")]),
    )
    assert [ref.name for ref in run.inputs] == ["products", "sales"]
    assert run.inputs[1].schema[0].name == "day"


def test_malformed_trace_id_is_none() -> None:
    """A trace id is 32 hex digits in lower case, or it is not told."""
    assert (
        folded(run_event("START", facets={"almenara_trace": {"traceId": TRACE_ID.upper()}})).trace_id
        == TRACE_ID
    )
    assert folded(run_event("START", facets={"almenara_trace": {"traceId": "<script>"}})).trace_id is None


def test_huge_facet_is_left_in_the_raw_event() -> None:
    """A facet of megabytes is named in the run and kept only in its event."""
    run = folded(run_event("START", facets={"spark": {"plan": "x" * 100_000}}))
    assert run.facets["spark"] == {"omitted": "100011 bytes; see the run's raw events"}


def test_abort_by_silence_is_dated_at_the_last_sign_of_life() -> None:
    """The end of a silent run is when it was last heard of, and it says why it ended."""
    events = [run_event("START"), heartbeat(15)]
    run = folded(*events, abort_event(folded(*events)))
    assert (run.state, run.ended_at, run.last_event_at) == (RunState.ABORT, at(15), at(15))
    assert run.error is not None
    assert "silent" in run.error.message
    assert run.started_at == NOON

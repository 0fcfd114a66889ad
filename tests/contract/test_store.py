"""What every lineage store promises, whatever it keeps its data in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from tests.contract.lineage_stores import LINEAGE_STORES
from tests.platform.events import NOON, RUN_ID, at, dataset, heartbeat, progress, run_event, stage, whole_run

from almenara_platform.exceptions import BadCursor
from almenara_platform.runs.model import RunState
from almenara_platform.runs.outcomes import Outcome
from almenara_platform.runs.silence import abort_event
from almenara_platform.store.port import LineageStore, RunQuery

ADAPTERS = LINEAGE_STORES


def run_id(number: int) -> str:
    """The id of the run with this number."""
    return str(UUID(int=number))


def of(store: LineageStore, pipeline: str, outcome: RunState) -> Outcome:
    """One of the outcomes."""
    return next(o for o in store.outcomes() if (o.pipeline, o.outcome) == (pipeline, outcome))


def test_run_is_found_by_its_id(store: LineageStore) -> None:
    """A run has the state, times and datasets that its events told."""
    store.apply(whole_run(inputs=[dataset("sales.parquet", "day", "amount")]), NOON)
    run = store.run(RUN_ID.upper())
    assert run is not None
    assert (run.state, run.started_at, run.ended_at) == (RunState.COMPLETE, at(0), at(60))
    assert [column.name for column in run.inputs[0].schema] == ["day", "amount"]
    assert store.run(run_id(99)) is None


def test_run_is_found_by_the_id_its_emitter_gave(store: LineageStore) -> None:
    """An id that is no UUID finds its run, and the run tells both ids."""
    store.apply([run_event("START", run_id="scheduled__2026-03-01")], NOON)
    run = store.run("scheduled__2026-03-01")
    assert run is not None
    assert run.original_run_id == "scheduled__2026-03-01"
    assert store.run(run.run_id) == run


def test_newest_of_several_runs_with_one_foreign_id_is_found(store: LineageStore) -> None:
    """Schedulers give one id to the runs of many jobs; each stays a run of its own."""
    store.apply([run_event("START", 0, run_id="manual", pipeline="a")], NOON)
    store.apply([run_event("START", 9, run_id="manual", pipeline="b")], NOON)
    run = store.run("manual")
    assert run is not None
    assert run.pipeline == "b"
    assert len(store.runs(RunQuery()).items) == 2


def test_two_jobs_may_use_one_run_id(store: LineageStore) -> None:
    """A run whose id another job uses as well belongs to the one that spoke last, and nothing is refused."""
    store.apply([run_event("START", 5, pipeline="later")], NOON)
    store.apply([run_event("START", 0, pipeline="earlier")], NOON)
    run = store.run(RUN_ID)
    assert run is not None
    assert run.pipeline == "later"


def test_facets_of_a_run_are_kept(store: LineageStore) -> None:
    """Run facets that the platform does not know come back as they were sent."""
    facet = {"engine": {"name": "spark", "version": [3, 5]}}
    store.apply([run_event("START", facets={"processing": facet})], NOON)
    run = store.run(RUN_ID)
    assert run is not None
    assert run.facets["processing"] == facet


def test_events_come_back_once_and_in_order_of_arrival(store: LineageStore) -> None:
    """Raw events are kept as they were sent; one that comes twice is kept once."""
    start, end = whole_run()
    store.apply([end], NOON)
    store.apply([start, end], NOON)
    assert list(store.events(RUN_ID)) == [end, start]
    assert list(store.events("unknown")) == []


def test_keys_in_another_order_are_the_same_event(store: LineageStore) -> None:
    """A proxy that sorts keys does not double an event."""
    event = run_event("START")
    store.apply([event, dict(reversed(event.items()))], NOON)
    assert len(store.events(RUN_ID)) == 1


def test_runs_are_listed_newest_first_page_by_page(store: LineageStore) -> None:
    """Pages follow one another without a gap or a repetition, also among runs of one instant."""
    for number in range(7):
        store.apply([run_event("START", number // 2, run_id=run_id(number))], NOON)
    seen, cursor = [], None
    while True:
        page = store.runs(RunQuery(limit=2, cursor=cursor))
        seen += [run.run_id for run in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [run_id(number) for number in (6, 5, 4, 3, 2, 1, 0)]


def test_runs_of_a_pipeline_in_several_namespaces_are_listed_together(store: LineageStore) -> None:
    """A name that several namespaces use has one list, whose pages follow one another."""
    for number in range(9):
        job = {"pipeline": "shared", "namespace": f"namespace_{number * 7 % 4}"}
        store.apply([run_event("START", number // 2, run_id=run_id(number), **job)], NOON)
    store.apply([run_event("START", 3, run_id=run_id(9), pipeline="other", namespace="namespace_1")], NOON)
    seen, cursor = [], None
    while True:
        page = store.runs(RunQuery(pipeline="shared", since=at(1), limit=2, cursor=cursor))
        seen.append([run.run_id for run in page.items])
        cursor = page.next
        if cursor is None:
            break
    assert seen == [[run_id(8), run_id(7)], [run_id(6), run_id(5)], [run_id(4), run_id(3)], [run_id(2)]]


def test_last_page_says_that_it_is_the_last(store: LineageStore) -> None:
    """A page that ends with the list has no next, even when it is full."""
    store.apply([run_event("START", number, run_id=run_id(number)) for number in range(4)], NOON)
    page = store.runs(RunQuery(limit=4))
    assert (len(page.items), page.next) == (4, None)


def test_runs_are_filtered(store: LineageStore) -> None:
    """Pipeline, namespace, state and time narrow the list down together."""
    store.apply(whole_run(run_id(1), pipeline="a"), NOON)
    store.apply(whole_run(run_id(2), start=100, pipeline="a", namespace="other"), NOON)
    store.apply([run_event("START", 200, run_id=run_id(3), pipeline="b")], NOON)

    def found(**query: object) -> list[str]:
        return [run.run_id for run in store.runs(RunQuery(**query)).items]

    assert found(pipeline="a") == [run_id(2), run_id(1)]
    assert found(namespace="other") == [run_id(2)]
    assert found(state=RunState.START) == [run_id(3)]
    assert found(state=RunState.COMPLETE, pipeline="a", namespace="retail") == [run_id(1)]
    assert found(since=at(100)) == [run_id(3), run_id(2)]
    assert found(until=at(100)) == [run_id(1)]


@pytest.mark.parametrize("cursor", ["", "x", "WzFd", "%%%", "WyJhIiwiYiJd", "é", "e30", "W1tdLCJhIl0"])
def test_foreign_cursor_is_refused(store: LineageStore, cursor: str) -> None:
    """A cursor that the store did not give out is an error and not a first page."""
    if cursor:
        with pytest.raises(BadCursor):
            store.runs(RunQuery(cursor=cursor))
        with pytest.raises(BadCursor):
            store.runs(RunQuery(pipeline="unknown", cursor=cursor))


def test_pipelines_tell_their_last_and_recent_runs(store: LineageStore) -> None:
    """A pipeline has its newest runs, the number of all, its owner and its last success."""
    owner = {"ownership": {"owners": [{"name": "data-engineering"}]}}
    for number in range(4):
        store.apply(whole_run(run_id(number), start=100 * number, job_facets=owner), NOON)
    store.apply([run_event("FAIL", 999, run_id=run_id(9))], NOON)
    (pipeline,) = store.pipelines(recent=2)
    assert (pipeline.name, pipeline.owner, pipeline.runs_total) == ("ventas_etl", "data-engineering", 5)
    assert pipeline.last_success_at == at(360)
    assert [run.run_id for run in pipeline.recent] == [run_id(9), run_id(3)]
    assert pipeline.last_run == pipeline.recent[0]


def test_pipelines_are_sorted_by_name(store: LineageStore) -> None:
    """Pipelines come by name, those of one name by namespace, and one that never ran is there."""
    for namespace, name in (("z", "b"), ("y", "b"), ("x", "c")):
        store.apply([run_event("START", namespace=namespace, pipeline=name, run_id=name + namespace)], NOON)
    job = {"eventTime": NOON.isoformat(), "producer": "p", "job": {"namespace": "w", "name": "a"}}
    store.apply([job], NOON)
    pipelines = store.pipelines()
    assert [(p.name, p.namespace) for p in pipelines] == [("a", "w"), ("b", "y"), ("b", "z"), ("c", "x")]
    assert (pipelines[0].last_run, pipelines[0].runs_total) == (None, 0)


def test_datasets_have_their_newest_schema(store: LineageStore) -> None:
    """The schema with the latest event time counts, whichever came last; readers and writers are told."""
    new = run_event("COMPLETE", 60, outputs=[dataset("daily", "day", "amount")], pipeline="writer")
    old = run_event("COMPLETE", 10, inputs=[dataset("daily", "day")], pipeline="reader", run_id=run_id(2))
    store.apply([new], NOON)
    store.apply([old], NOON)
    (found,) = store.datasets().items
    assert [column.name for column in found.schema] == ["day", "amount"]
    assert (found.first_seen, found.last_seen, found.last_run_id) == (at(10), at(60), RUN_ID)
    assert (found.produced_by, found.consumed_by) == (("writer",), ("reader",))


def test_dataset_event_changes_the_schema_alone(store: LineageStore) -> None:
    """A DatasetEvent updates a dataset and makes no run and no pipeline."""
    event = {"eventTime": NOON.isoformat(), "producer": "p", "dataset": dataset("daily", "day")}
    store.apply([event], NOON)
    (found,) = store.datasets().items
    assert [column.name for column in found.schema] == ["day"]
    assert (list(store.pipelines()), list(store.runs(RunQuery()).items)) == ([], [])


def test_datasets_come_page_by_page(store: LineageStore) -> None:
    """Datasets are ordered by namespace and name, by code point, without gaps between pages."""
    names = [("b", "x"), ("a", "é"), ("a", "z"), ("B", "x"), ("a", "Z")]
    store.apply([run_event("START", inputs=[dataset(n, namespace=ns) for ns, n in names])], NOON)
    first = store.datasets(limit=3)
    second = store.datasets(limit=3, cursor=first.next)
    assert [(d.namespace, d.name) for d in (*first.items, *second.items)] == sorted(names)
    assert second.next is None


def test_outcomes_start_at_zero(store: LineageStore) -> None:
    """A known pipeline has all three outcomes before it ended once."""
    store.apply([run_event("START")], NOON)
    assert [(o.outcome, o.runs) for o in store.outcomes()] == [
        (RunState.COMPLETE, 0),
        (RunState.FAIL, 0),
        (RunState.ABORT, 0),
    ]


def test_outcomes_count_runs_and_durations(store: LineageStore) -> None:
    """An ended run counts once in its outcome, its sum and every bucket from its duration up."""
    store.apply(whole_run(run_id(1), seconds=60) + whole_run(run_id(2), seconds=1801), NOON)
    store.apply(whole_run(run_id(1), seconds=60), NOON)
    complete = of(store, "ventas_etl", RunState.COMPLETE)
    assert (complete.runs, complete.seconds) == (2, 1861)
    assert complete.buckets == (0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2)


def test_run_without_a_start_counts_without_a_duration_until_the_start_comes(store: LineageStore) -> None:
    """A COMPLETE alone counts as a run; its duration is added when the late START tells it."""
    start, end = whole_run()
    store.apply([end], NOON)
    before = of(store, "ventas_etl", RunState.COMPLETE)
    store.apply([start], NOON)
    after = of(store, "ventas_etl", RunState.COMPLETE)
    assert (before.runs, before.seconds, before.buckets[-1]) == (1, 0, 0)
    assert (after.runs, after.seconds, after.buckets[-1]) == (1, 60, 1)


def test_corrected_ending_never_lets_a_count_fall(store: LineageStore) -> None:
    """An ABORT by silence that turns out COMPLETE counts as COMPLETE; the next ABORT evens the count out."""
    store.apply([run_event("START"), heartbeat(15)], NOON)
    run = store.run(RUN_ID)
    assert run is not None
    store.apply([abort_event(run)], NOON)
    assert of(store, "ventas_etl", RunState.ABORT).runs == 1
    store.apply([run_event("COMPLETE", 90)], NOON)
    assert of(store, "ventas_etl", RunState.COMPLETE).runs == 1
    assert of(store, "ventas_etl", RunState.ABORT).runs == 1
    store.apply([run_event("ABORT", 5, run_id=run_id(2))], NOON)
    assert of(store, "ventas_etl", RunState.ABORT).runs == 1
    store.apply([run_event("ABORT", 5, run_id=run_id(3))], NOON)
    assert of(store, "ventas_etl", RunState.ABORT).runs == 2


def test_late_event_of_an_ended_run_counts_nothing(store: LineageStore) -> None:
    """A heartbeat or a facet that comes after the end leaves the counts as they are."""
    store.apply(whole_run(), NOON)
    store.apply([heartbeat(30), run_event("OTHER", 90)], NOON)
    complete = of(store, "ventas_etl", RunState.COMPLETE)
    assert (complete.runs, complete.seconds) == (1, 60)


def test_last_successes_are_by_pipeline_name(store: LineageStore) -> None:
    """The last success is the latest of all namespaces; a pipeline without one is left out."""
    store.apply(whole_run(run_id(1)) + whole_run(run_id(2), start=100, namespace="other"), NOON)
    store.apply([run_event("FAIL", 500, run_id=run_id(3), pipeline="broken")], NOON)
    assert dict(store.last_successes()) == {"ventas_etl": at(160)}
    assert dict(store.last_failures()) == {"broken": at(500)}


def test_run_that_left_complete_is_no_success(store: LineageStore) -> None:
    """A FAIL that overrules a COMPLETE takes its success back."""
    store.apply(whole_run(run_id(1), seconds=10) + whole_run(run_id(2), start=50, seconds=10), NOON)
    store.apply([run_event("FAIL", 70, run_id=run_id(2))], NOON)
    assert dict(store.last_successes()) == {"ventas_etl": at(10)}
    assert dict(store.last_failures()) == {"ventas_etl": at(70)}


def test_only_runs_with_heartbeats_are_silent(store: LineageStore) -> None:
    """A run is silent four missed heartbeats after it was last heard of; others are never taken for dead."""
    store.apply([run_event("START"), heartbeat(15, every=15)], NOON)
    store.apply([run_event("START", run_id=run_id(2))], NOON)
    store.apply([heartbeat(1, run_id=run_id(3)), run_event("COMPLETE", 2, run_id=run_id(3))], NOON)
    long_ago = NOON - timedelta(days=1)
    assert list(store.silent_runs(at(59), long_ago)) == []
    assert [run.run_id for run in store.silent_runs(at(60), long_ago)] == [RUN_ID]


def test_silence_is_not_counted_while_nobody_listened(store: LineageStore) -> None:
    """A platform that was down for an hour gives its runs as long as ever to be heard."""
    store.apply([heartbeat(0)], NOON)
    assert list(store.silent_runs(at(3600), awake_since=at(3590))) == []
    assert len(store.silent_runs(at(3650), awake_since=at(3590))) == 1


def test_silent_run_lives_again_when_it_is_heard(store: LineageStore) -> None:
    """After its ABORT by silence a run is no longer awaited, and its next event replaces the ABORT."""
    store.apply([run_event("START"), heartbeat(15)], NOON)
    (run,) = store.silent_runs(at(900), NOON)
    store.apply([abort_event(run)], at(900))
    aborted = store.run(RUN_ID)
    assert aborted is not None
    assert (aborted.state, aborted.ended_at) == (RunState.ABORT, at(15))
    assert aborted.error is not None
    assert list(store.silent_runs(at(1800), NOON)) == []
    store.apply([heartbeat(905)], at(905))
    back = store.run(RUN_ID)
    assert back is not None
    assert (back.state, back.ended_at, back.error) == (RunState.RUNNING, None, None)


def test_forget_removes_old_runs_and_keeps_the_counts(store: LineageStore) -> None:
    """Runs that ended before the time go with their events; counts, pipelines and datasets stay."""
    store.apply(whole_run(run_id(1), outputs=[dataset("daily", "day")]), NOON)
    store.apply(whole_run(run_id(2), start=3600), NOON)
    assert store.forget(at(1800)) == 1
    assert [run.run_id for run in store.runs(RunQuery()).items] == [run_id(2)]
    assert list(store.events(run_id(1))) == []
    assert of(store, "ventas_etl", RunState.COMPLETE).runs == 2
    assert store.pipelines()[0].runs_total == 2
    assert len(store.datasets().items) == 1


def test_forget_counts_an_open_run_from_its_last_event(store: LineageStore) -> None:
    """A run that never ended goes when it was not heard of for long enough."""
    store.apply([run_event("START", 0, run_id=run_id(1)), heartbeat(3000, run_id=run_id(1))], NOON)
    store.apply([run_event("START", 0, run_id=run_id(2))], NOON)
    assert store.forget(at(1800)) == 1
    assert [run.run_id for run in store.runs(RunQuery()).items] == [run_id(1)]


def test_listed_runs_are_whole(store: LineageStore) -> None:
    """A run in a list has all but its facets: stages, errors, quality and datasets."""
    failed = stage("load", "FAIL", error={"type": "ValueError", "message": "no", "stack": "at line 1"})
    quality = [{"table": "sales", "check": "null_percentage", "column": "a", "value": 1.5, "passed": True}]
    facets = progress(stage("extract"), failed, quality=quality) | {"errorMessage": {"message": "no"}}
    store.apply([run_event("FAIL", 9, facets=facets, outputs=[dataset("daily", "day")])], NOON)
    (listed,) = store.runs(RunQuery()).items
    whole = store.run(RUN_ID)
    assert whole is not None
    assert (listed.stages, listed.error, listed.quality) == (whole.stages, whole.error, whole.quality)
    assert listed.outputs == whole.outputs
    assert (listed.stages[1].error, listed.records) == (whole.stages[1].error, 10)


def test_brief_runs_lack_only_their_lists(store: LineageStore) -> None:
    """A brief run is the listed one without stages, inputs and outputs."""
    facets = progress(stage("extract")) | {"errorMessage": {"message": "no"}}
    store.apply([run_event("FAIL", 9, facets=facets, outputs=[dataset("daily", "day")])], NOON)
    (listed,) = store.runs(RunQuery()).items
    (brief,) = store.runs(RunQuery(brief=True)).items
    assert listed.stages and listed.outputs
    assert brief == replace(listed, stages=(), inputs=(), outputs=())


def test_runs_are_listed_by_their_ids(store: LineageStore) -> None:
    """Only those that were asked for, and those alone of them that the other conditions hold for."""
    for number in range(1, 6):
        store.apply(whole_run(run_id(number), start=60 * number), NOON)
    asked = [run_id(number) for number in (1, 2, 4, 99)]
    found = store.runs(RunQuery(run_ids=asked)).items
    assert [run.run_id for run in found] == [run_id(4), run_id(2), run_id(1)]
    assert [run.run_id for run in store.runs(RunQuery(run_ids=asked, since=at(200))).items] == [run_id(4)]
    assert not store.runs(RunQuery(run_ids=[])).items


def test_changes_are_the_runs_that_an_event_came_for(store: LineageStore) -> None:
    """Each run once, whether it is new or known; what came before the position or comes twice is none."""
    store.apply([*whole_run(run_id(1)), *whole_run(run_id(2), start=60)], NOON)
    first = store.changes()
    nothing = store.changes(first.position)
    assert (first.lost, list(first.run_ids)) == (True, [])
    assert (nothing.lost, list(nothing.run_ids)) == (False, [])
    store.apply([*whole_run(run_id(3), start=120), run_event("FAIL", 400, run_id=run_id(1))], NOON)
    store.apply(whole_run(run_id(2), start=60), NOON)
    second = store.changes(first.position)
    assert (sorted(second.run_ids), second.lost) == ([run_id(1), run_id(3)], False)
    store.apply([run_event("START", 500, run_id=run_id(4))], NOON)
    assert list(store.changes(second.position).run_ids) == [run_id(4)]


def test_changes_tell_what_is_gone(store: LineageStore) -> None:
    """All that ended before the oldest that is left; None where nothing is."""
    assert store.changes().oldest is None
    store.apply([*whole_run(run_id(1)), *whole_run(run_id(2), start=3600)], NOON)
    newer, older = store.runs(RunQuery()).items
    position = store.changes().position
    assert store.changes(position).oldest == older.ended_at
    store.forget(at(1800))
    assert store.changes(position).oldest == newer.ended_at
    store.forget(at(10_000))
    assert store.changes(position).oldest is None


def test_changes_after_the_last_event_was_forgotten_are_told(store: LineageStore) -> None:
    """A run from long ago comes last and is forgotten: the next one is told, or that nobody can say."""
    store.apply(whole_run(run_id(1), start=7200), NOON)
    store.apply(whole_run(run_id(2)), NOON)
    position = store.changes().position
    store.forget(at(3600))
    store.apply(whole_run(run_id(3), start=7200), NOON)
    found = store.changes(position)
    assert found.lost or list(found.run_ids) == [run_id(3)]


def test_hostile_names_are_only_names(store: LineageStore) -> None:
    """What looks like markup, SQL or a path comes back letter by letter."""
    hostile = "<script>alert(1)</script>'; DROP TABLE runs; -- ../../etc\n\u202e🔥"
    store.apply(whole_run(pipeline=hostile, inputs=[dataset(hostile, hostile)]), NOON)
    assert store.pipelines()[0].name == hostile
    assert store.runs(RunQuery(pipeline=hostile)).items[0].inputs[0].schema[0].name == hostile


def test_store_answers(store: LineageStore) -> None:
    """An open store answers a ping and tells a size."""
    store.ping()
    assert store.size_bytes() >= 0

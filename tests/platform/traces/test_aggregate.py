"""Many traces of one operation or pipeline: samples, percentiles and comparison."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from almenara_platform.traces.aggregate import aggregate
from almenara_platform.traces.compare import compare
from almenara_platform.traces.memory import MemoryTraceStore
from almenara_platform.traces.model import Span, SpanKind, Status, StatusCode
from almenara_platform.traces.operations import Operation
from almenara_platform.traces.port import TraceQuery
from almenara_platform.traces.queries import Subject
from almenara_platform.traces.samples import Sample, Samples, collect, collected

from .forest import span, trace

MS = 1_000_000
VENTAS = Subject("ventas_etl", pipeline=True)


def run(number: int, extract_ms: int, load_ms: int, failed: bool = False) -> list[Span]:
    """The trace of one run: a request, its message and the run, one hour after the run before."""
    begin = number * 3_600_000 * MS
    middle, end = begin + extract_ms * MS, begin + (extract_ms + load_ms) * MS
    of_run = {"openlineage.job.name": "ventas_etl"}
    status = Status(StatusCode.ERROR if failed else StatusCode.OK)
    spans = [
        span("post", None, begin - 30 * MS, begin, service="api", attributes=of_run),
        span("send", "post", begin - 20 * MS, begin - 10 * MS, service="api", kind=SpanKind.PRODUCER),
        span(
            "ventas_etl",
            "send",
            begin,
            end,
            service="worker",
            kind=SpanKind.CONSUMER,
            attributes=of_run,
            status=status,
        ),
        span("extract", "ventas_etl", begin, middle, service="worker"),
        span("metrics", "ventas_etl", begin, begin + MS, service="worker"),
        span("load", "ventas_etl", middle, end, service="worker"),
    ]
    return [dataclasses.replace(one, trace_id=f"{number + 1:032x}") for one in spans]


def store(*runs: list[Span]) -> MemoryTraceStore:
    """A store of these runs."""
    made = MemoryTraceStore()
    for one in runs:
        made.add(one)
    return made


def samples(*runs: list[Span], **options: int) -> Samples:
    """The samples of the pipeline in a store of these runs."""
    return collect(store(*runs), VENTAS.narrow(TraceQuery()), **options)


def test_a_sample_starts_at_the_run() -> None:
    """The request is another story: the run has its own path."""
    (found,) = samples(run(0, 40, 60)).samples
    assert found.duration_ns == 100 * MS
    worker = {Operation("worker", "extract"): 40 * MS, Operation("worker", "load"): 60 * MS}
    assert found.on_path == worker
    assert not found.failed


def test_samples_meet_the_query_themselves() -> None:
    """Only the span that was asked for counts, not another span of the same trace."""
    runs = run(0, 40, 60), run(1, 40, 60, failed=True)
    failed = collect(store(*runs), VENTAS.narrow(TraceQuery(error=True)))
    assert [one.trace_id for one in failed.samples] == [f"{2:032x}"]
    assert failed.samples[0].failed


def test_a_match_within_a_match_is_no_sample_of_its_own() -> None:
    """Recursion would count the same time twice."""
    spans = span("a", None, 0, 10, operation="walk"), span("b", "a", 2, 8, operation="walk")
    found = collected([trace(*spans)], TraceQuery(operation="walk"))
    assert [one.duration_ns for one in found.samples] == [10]


def test_all_calls_of_a_trace_are_samples_of_one_trace() -> None:
    """Two queries in one trace are two samples and one trace."""
    spans = span("a", None, 0, 10), span("q1", "a", 1, 3, operation="q"), span("q2", "a", 4, 9, operation="q")
    found = collected([trace(*spans)], TraceQuery(operation="q"))
    assert (len(found.samples), found.traces) == (2, 1)


def test_no_more_traces_than_asked_for_are_read() -> None:
    """The newest are, over several pages, and it is said that there are more."""
    found = samples(*(run(i, 40, 60) for i in range(70)), max_traces=60)
    assert (found.traces, found.more) == (60, True)
    assert found.samples[0].trace_id == f"{70:032x}"
    assert "Only the newest 60 traces" in aggregate(found).notes[0]
    assert not samples(run(0, 1, 1), run(1, 1, 1), max_traces=2).more


def test_percentiles_show_where_the_time_goes() -> None:
    """Half of the runs are slow in the load; at p95 and p99 the load is what matters, at p50 the extract."""
    fast = [run(i, 80, 20 + i % 5) for i in range(90)]
    slow = [run(i, 80, 900 + i) for i in range(90, 100)]
    found = aggregate(samples(*fast, *slow))
    assert (found.traces, found.samples) == (100, 100)
    median, p95, p99 = found.percentiles
    assert [view.percentile for view in found.percentiles] == [50, 95, 99]
    assert median.operations[0].name == "extract"
    assert p95.operations[0].name == p99.operations[0].name == "load"
    assert median.duration_ns == 102 * MS
    assert p99.duration_ns == (80 + 900 + 98) * MS
    assert p99.trace_ids[0] == f"{99:032x}"
    assert sum(b.count for b in found.histogram) == 100


def test_shares_are_of_sections_not_of_spans() -> None:
    """What ran beside the path has no share, and all shares sum to one."""
    found = aggregate(samples(run(0, 40, 60)))
    assert {share.name: share.share for share in found.operations} == {"load": 0.6, "extract": 0.4}


def test_nothing_is_an_empty_aggregate() -> None:
    """No samples, no percentiles, no division by zero."""
    found = aggregate(samples())
    assert (found.samples, found.mean_ns, found.percentiles, found.histogram) == (0, 0.0, (), ())


def test_a_comparison_names_what_grew() -> None:
    """The load grew by 30 ms per run; the rest did not change; example traces are given for both sides."""
    before = [run(i, 40 + i % 3, 60) for i in range(10)]
    after = [run(i, 40 + i % 3, 90) for i in range(20, 30)]
    found = compare(samples(*before), samples(*after))
    first, second = found.changes
    assert (first.name, first.delta_ns, first.clear) == ("load", 30 * MS, True)
    assert (first.traces_before, first.traces_after) == (10, 10)
    assert set(first.examples_after) <= {f"{i + 1:032x}" for i in range(20, 30)}
    assert (second.name, second.clear) == ("extract", False)
    assert first.claim == (
        "load [worker] grew by 30.0 ms per trace (60.0 ms -> 90.0 ms), on the path of 10 of 10 traces before "
        "and 10 of 10 after; 95 % interval 30.0 ms to 30.0 ms."
    )
    assert second.claim.endswith("which may be chance.")


def test_operations_that_come_and_go_are_changes() -> None:
    """An operation on one side only has no examples on the other."""
    spans = span("run", None, 0, 10, operation="job"), span("old", "run", 0, 9)
    renamed = span("run", None, 0, 12, operation="job"), span("new", "run", 0, 12)
    query = TraceQuery(operation="job")
    found = compare(collected([trace(*spans)], query), collected([trace(*renamed)], query))
    by_name = {change.name: change for change in found.changes}
    assert by_name["new"].examples_before == ()
    assert by_name["old"].examples_after == ()
    assert by_name["new"].low_ns is None
    assert "too few traces" in by_name["new"].claim
    assert found.delta_ns == 2


@pytest.mark.parametrize("side", [0, 1])
def test_an_empty_side_has_no_changes(side: int) -> None:
    """A note says which set is empty, instead of calling everything grown or gone."""
    sides = [samples(run(0, 1, 1)), samples()]
    found = compare(*(sides if side else sides[::-1]), names=("good", "failed"))
    assert found.changes == ()
    assert found.notes == (f"No trace matches in {('good', 'failed')[side]}.",)


def drawn_samples() -> st.SearchStrategy[Samples]:
    """Any non-empty set of samples."""
    paths = st.dictionaries(
        st.sampled_from([Operation("s", n) for n in "abc"]), st.integers(0, 10**12), min_size=1
    )
    return st.lists(paths, min_size=1, max_size=30).map(
        lambda drawn: Samples(
            tuple(
                Sample(f"{i:032x}", "1", 0, sum(path.values()), False, path) for i, path in enumerate(drawn)
            ),
            len(drawn),
            False,
        )
    )


@given(drawn_samples(), drawn_samples())
def test_the_changes_sum_to_the_change_of_the_mean(before: Samples, after: Samples) -> None:
    """Nothing of the difference is left unexplained."""
    found = compare(before, after)
    assert sum(change.delta_ns for change in found.changes) == pytest.approx(found.delta_ns, abs=10)
    for change in found.changes:
        if change.low_ns is not None and change.high_ns is not None:
            assert change.low_ns - 1 <= change.delta_ns <= change.high_ns + 1


@given(drawn_samples())
def test_the_composition_sums_to_the_mean(drawn: Samples) -> None:
    """At every percentile and over all."""
    found = aggregate(drawn)
    assert sum(share.on_path_ns for share in found.operations) == pytest.approx(found.mean_ns)
    for view in found.percentiles:
        assert sum(share.on_path_ns for share in view.operations) == pytest.approx(view.mean_ns)
        assert view.samples >= 1
    assert [v.duration_ns for v in found.percentiles] == sorted(v.duration_ns for v in found.percentiles)

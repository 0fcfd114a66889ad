"""Which traces leave the process."""

from __future__ import annotations

from contextlib import suppress

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import StatusCode

import almenara
from almenara.masking import Masking
from almenara.testing import MemorySink, capture
from almenara.traces.failed import FailedTracesProcessor
from almenara.traces.sampling import build_sampler

VENTAS = almenara.Pipeline("ventas")
UNSAMPLED = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"}
SAMPLED = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}


def run_once(*, fail: bool = False, context: dict[str, str] | None = None) -> None:
    """A run with two stages, the second of which may fail."""
    with VENTAS.run(context=context) as run:
        with run.stage("extract"):
            pass
        with run.stage("load"):
            if fail:
                raise ValueError("no")


@pytest.mark.parametrize(
    ("sampler", "context", "kept"),
    [
        ("always_on", UNSAMPLED, True),
        ("always_off", SAMPLED, False),
        ("parentbased_always_on", UNSAMPLED, False),
        ("parentbased_always_off", SAMPLED, True),
        ("parentbased_always_off", None, False),
        ("parentbased_traceidratio", SAMPLED, True),
        ("traceidratio", SAMPLED, False),
    ],
)
def test_a_sampler_decides_for_the_whole_trace(
    sampler: str, context: dict[str, str] | None, kept: bool
) -> None:
    """Either all spans of the run are exported or none; logs and lineage always are."""
    with capture(traces_sampler=sampler, traces_sampler_arg=0.0) as signals:
        run_once(context=context)
    assert len(signals.spans) == (3 if kept else 0)
    assert signals.run("ventas").state == "COMPLETE"
    assert signals.run("ventas").facet("almenara_trace")["traceFlags"] == ("01" if kept else "00")


def test_errors_always_exports_a_failed_trace_whole() -> None:
    """A trace that the ratio drops is exported with all its spans when one of them failed."""
    with capture(traces_sampler="errors_always", traces_sampler_arg=0) as signals:
        run_once()
        assert signals.spans == []
        with pytest.raises(ValueError, match="no"):
            run_once(fail=True)
    assert [span.name for span in signals.spans] == ["extract", "load", "ventas"]
    assert len({span.trace_id for span in signals.spans}) == 1


def test_errors_always_waits_for_the_last_span() -> None:
    """An error in a span that outlives the local root still exports the whole trace."""
    with capture(traces_sampler="errors_always", traces_sampler_arg=0) as signals:
        tracer = signals.telemetry.tracer
        with tracer.start_as_current_span("request"):
            late = tracer.start_span("late")
        assert signals.spans == []
        late.set_status(StatusCode.ERROR)
        late.end()
    assert {span.name for span in signals.spans} == {"request", "late"}


def test_errors_always_keeps_a_trace_whose_error_was_handled() -> None:
    """One failed stage is enough, even when the run goes on and completes."""
    with capture(traces_sampler="errors_always", traces_sampler_arg=0) as signals, VENTAS.run() as run:
        with suppress(ValueError), run.stage("extract"):
            raise ValueError("handled")
        with run.stage("load"):
            pass
    assert [span.name for span in signals.spans] == ["extract", "load", "ventas"]


def test_errors_always_keeps_the_share_of_good_traces() -> None:
    """With ratio 1 everything is exported once, and nothing is held back."""
    with capture(traces_sampler="errors_always", traces_sampler_arg=1) as signals:
        run_once()
    assert len(signals.spans) == 3


def test_held_traces_are_bounded() -> None:
    """The oldest held trace and spans beyond the limit are given up and counted."""
    dropped: list[int] = []
    sink = MemorySink()
    provider = TracerProvider(sampler=build_sampler("errors_always", 0.0), shutdown_on_exit=False)
    provider.add_span_processor(
        FailedTracesProcessor(sink, Masking(), lambda n: dropped.append(n), max_traces=2, max_spans=3)
    )
    tracer = provider.get_tracer("test")
    roots = [tracer.start_span(f"root{number}") for number in range(3)]
    roots[2].set_status(StatusCode.ERROR)
    for root in roots:
        root.end()
    assert [span.name for span in sink.kept_spans] == ["root2"]
    with tracer.start_as_current_span("wide"):
        for _ in range(5):
            tracer.start_span("child").end()
    assert sum(dropped) == 3

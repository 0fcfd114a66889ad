"""A run leaves four signals that are joined by one id."""

from __future__ import annotations

import polars as pl
import pytest

import almenara
from almenara.testing import Signals

VENTAS = almenara.Pipeline("ventas_etl", namespace="retail", owner="data-engineering", description="Daily.")
SALES = almenara.Dataset("file", "shop/sales.parquet", description="Receipts.", owner="shops")
DAILY = almenara.Dataset("postgres://db:5432", "dw.public.daily")


def run_ventas() -> str:
    """A small run with two stages."""
    sales = pl.DataFrame({"day": [1, 1, 2], "value": [1.5, None, 2.0]})
    with VENTAS.run() as run:
        with run.stage("extract") as stage:
            stage.read(SALES, frame=sales, bytes=300)
            stage.processed(len(sales), bytes=300)
            stage.log.info("read {count} rows", count=3)
        run.check_quality("sales", sales)
        with run.stage("load") as stage:
            stage.wrote(DAILY, schema={"day": "int", "value": "float"}, rows=2)
    return run.run_id


def test_every_signal_of_a_run_carries_its_ids(signals: Signals) -> None:
    """Log lines, spans and events of a run share run id and trace id."""
    run_id = run_ventas()
    trace_ids = {span.trace_id for span in signals.spans}
    assert len(trace_ids) == 1
    assert {line["trace_id"] for line in signals.logs} == trace_ids
    assert {line["run_id"] for line in signals.logs} == {run_id}
    assert {span.attributes["openlineage.run_id"] for span in signals.spans} == {run_id}
    assert {event["run"]["facets"]["almenara_trace"]["traceId"] for event in signals.events} == trace_ids


def test_spans_name_the_job_and_the_stage(signals: Signals) -> None:
    """The run's span is the parent of its stages, and each says what it belongs to."""
    run_ventas()
    run, extract = signals.span("ventas_etl"), signals.span("extract")
    assert extract.parent_id == run.span_id and run.parent_id == ""
    assert extract.attributes["openlineage.job.namespace"] == "retail"
    assert extract.attributes["openlineage.job.name"] == "ventas_etl"
    assert extract.attributes["almenara.stage"] == "extract"
    assert (run.kind, run.status) == ("INTERNAL", "UNSET")


def test_a_log_line_has_the_fixed_fields_and_the_callers(signals: Signals) -> None:
    """A line holds exactly what is promised, in this order, then the fields of the caller."""
    run_ventas()
    line = signals.log("read 3 rows")
    fixed = ["timestamp", "level", "message", "service", "pipeline", "stage", "run_id", "trace_id", "span_id"]
    assert list(line) == [*fixed, "count"]
    assert (line["level"], line["service"], line["stage"], line["count"]) == ("INFO", "test", "extract", 3)
    assert line["span_id"] == signals.span("extract").span_id
    assert line["timestamp"].endswith("Z")


def test_a_completed_stage_tells_its_throughput(signals: Signals) -> None:
    """stage_started comes before stage_completed, which counts records and seconds."""
    run_ventas()
    completed = signals.log("stage_completed", stage="extract")
    assert completed["records_processed"] == 3
    assert completed["throughput_rps"] == pytest.approx(3 / completed["duration_sec"])
    messages = [line["message"] for line in signals.logs if line["stage"] == "extract"]
    assert messages == ["stage_started", "read 3 rows", "stage_completed"]


def test_metrics_count_records_and_time(signals: Signals) -> None:
    """Counters, histograms and gauges of a run have the declared names and labels."""
    run_ventas()
    labels = {"pipeline": "ventas_etl", "stage": "extract"}
    assert signals.metric("events_processed_total", **labels) == 3
    assert signals.metric("processing_duration_seconds_count", **labels) == 1
    assert signals.metric("record_size_bytes_count", pipeline="ventas_etl") == 3
    assert signals.metric("record_size_bytes_sum", pipeline="ventas_etl") == 300
    assert signals.metric("processing_time_seconds_count", pipeline="ventas_etl") == 1
    assert signals.metric("active_jobs", pipeline="ventas_etl") == 0


def test_a_stage_that_counted_nothing_starts_at_zero(signals: Signals) -> None:
    """The counter of a known stage exists before its first record."""
    run_ventas()
    assert signals.metric("events_processed_total", pipeline="ventas_etl", stage="load") == 0


def test_lineage_goes_from_start_to_complete_with_its_facets(signals: Signals) -> None:
    """START and COMPLETE carry job, dataset and progress facets."""
    run_ventas()
    run = signals.run("ventas_etl")
    assert [event["eventType"] for event in run.events] == ["START", "COMPLETE"]
    job = run.events[-1]["job"]
    assert (job["namespace"], job["name"]) == ("retail", "ventas_etl")
    assert job["facets"]["documentation"]["description"] == "Daily."
    assert job["facets"]["ownership"]["owners"] == [{"name": "data-engineering"}]
    assert "def run_ventas" in job["facets"]["sourceCode"]["sourceCode"]
    assert {name: stage["state"] for name, stage in run.stages.items()} == {
        "extract": "COMPLETE",
        "load": "COMPLETE",
    }
    assert run.stages["extract"]["records"] == 3


def test_datasets_carry_schema_source_statistics_and_quality(signals: Signals) -> None:
    """An input and an output say what they are, how much was moved and how good it is."""
    run_ventas()
    run = signals.run("ventas_etl")
    sales, daily = run.inputs["shop/sales.parquet"], run.outputs["dw.public.daily"]
    fields = [(field["name"], field["type"]) for field in sales["facets"]["schema"]["fields"]]
    assert fields == [("day", "int64"), ("value", "float64")]
    assert sales["facets"]["dataSource"]["name"] == "file"
    assert sales["facets"]["documentation"]["description"] == "Receipts."
    assert sales["facets"]["ownership"]["owners"] == [{"name": "shops"}]
    assert sales["inputFacets"]["inputStatistics"]["rowCount"] == 3
    assert sales["inputFacets"]["dataQualityMetrics"]["columnMetrics"]["value"]["nullCount"] == 1
    assert daily["outputFacets"]["outputStatistics"]["rowCount"] == 2


def test_every_facet_names_its_producer_and_schema(signals: Signals) -> None:
    """OpenLineage asks for _producer and _schemaURL in each facet."""
    run_ventas()
    for event in signals.events:
        facets = [*event["run"]["facets"].values(), *event["job"]["facets"].values()]
        assert all(facet["_producer"] and facet["_schemaURL"] for facet in facets)


def test_a_failing_stage_shows_its_error_in_every_signal(signals: Signals) -> None:
    """Log, metric, spans and lineage tell the same exception, which reaches the caller."""
    with pytest.raises(ZeroDivisionError), VENTAS.run() as run, run.stage("transform"):
        1 / 0  # noqa: B018
    failed = signals.log("stage_failed")
    assert (failed["error_type"], failed["error_message"]) == ("ZeroDivisionError", "division by zero")
    assert "1 / 0" in failed["stack"]
    error = {"pipeline": "ventas_etl", "stage": "transform", "error_type": "ZeroDivisionError"}
    assert signals.metric("errors_total", **error) == 1
    span = signals.span("transform")
    assert span.status == "ERROR" and "exception" in span.events
    seen = signals.run("ventas_etl")
    assert seen.state == "FAIL"
    assert "division by zero" in seen.facet("errorMessage")["message"]
    assert "1 / 0" in seen.facet("errorMessage")["stackTrace"]
    assert seen.stages["transform"]["error"]["type"] == "ZeroDivisionError"


def test_an_error_outside_of_a_stage_is_counted_once(signals: Signals) -> None:
    """The run itself counts and logs what no stage has."""
    with pytest.raises(ValueError, match="no"), VENTAS.run():
        raise ValueError("no")
    assert signals.metric("errors_total", pipeline="ventas_etl", stage="", error_type="ValueError") == 1
    assert "raise ValueError" in signals.log("run_failed")["stack"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_being_stopped_is_an_abort(signals: Signals, error: type[BaseException]) -> None:
    """KeyboardInterrupt and SystemExit end stage and run as ABORT and count as no error."""
    with pytest.raises(error), VENTAS.run() as run, run.stage("extract"):
        raise error
    seen = signals.run("ventas_etl")
    assert seen.state == "ABORT"
    assert seen.stages["extract"]["state"] == "ABORT"
    assert signals.log("stage_aborted")["level"] == "WARNING"
    with pytest.raises(AssertionError, match="none at all"):
        signals.metric("errors_total", pipeline="ventas_etl", stage="extract", error_type=error.__name__)


def test_a_run_takes_the_id_it_is_given(signals: Signals) -> None:
    """A run id comes back in canonical form, on every signal."""
    with VENTAS.run(run_id="01890A5D-AC96-774B-BCCE-B302099A8057") as run:
        pass
    assert run.run_id == "01890a5d-ac96-774b-bcce-b302099a8057"
    assert signals.run("ventas_etl").run_id == run.run_id


def test_a_run_id_must_be_a_uuid(signals: Signals) -> None:
    """Anything else is refused with a word on what to do."""
    with pytest.raises(almenara.RunIdError, match="leave it out"):
        VENTAS.run(run_id="run-17")


def test_a_run_is_entered_once(signals: Signals) -> None:
    """A second use of the same run is refused, because it would end twice."""
    with VENTAS.run() as run:
        pass
    with pytest.raises(almenara.UsageError), run:
        pass


def test_a_run_within_a_run_names_its_parent(signals: Signals) -> None:
    """The inner run has the parent facet and is a child in the trace."""
    inner = almenara.Pipeline("inner")
    with VENTAS.run() as outer, inner.run():
        pass
    parent = signals.run("inner").facet("parent")
    assert parent["run"]["runId"] == outer.run_id
    assert parent["job"] == {"facets": {}, "name": "ventas_etl", "namespace": "retail"}
    assert signals.span("inner").parent_id == signals.span("ventas_etl").span_id


def test_the_queue_is_crossed_by_one_trace(signals: Signals) -> None:
    """PRODUCER and CONSUMER are in one trace, and the request's span is marked with the run."""
    with signals.telemetry.tracer.start_as_current_span("POST /runs"), VENTAS.submit(queue="runs") as ticket:
        message = {"run_id": ticket.run_id, "context": ticket.context}
    with VENTAS.run(**message, attempt=2) as run:
        pass
    request, producer, consumer = (signals.span(n) for n in ("POST /runs", "send runs", "ventas_etl"))
    assert [producer.kind, consumer.kind] == ["PRODUCER", "CONSUMER"]
    assert consumer.parent_id == producer.span_id and producer.parent_id == request.span_id
    assert request.attributes["openlineage.run_id"] == run.run_id == ticket.run_id
    assert ticket.trace_id == run.trace_id
    seen = signals.run("ventas_etl")
    assert [event["eventType"] for event in seen.events] == ["OTHER", "START", "COMPLETE"]
    queued = seen.events[0]["run"]["facets"]["almenara_run"]
    assert (queued["state"], queued["queue"]) == ("QUEUED", "runs")
    assert seen.facet("almenara_run")["attempt"] == 2


def test_a_run_that_could_not_be_queued_is_aborted(signals: Signals) -> None:
    """When enqueueing raises, the run that was announced ends."""
    with pytest.raises(ConnectionError), VENTAS.submit(queue="runs"):
        raise ConnectionError("queue is down")
    seen = signals.run("ventas_etl")
    assert seen.state == "ABORT"
    assert "queue is down" in seen.facet("errorMessage")["message"]


def test_progress_is_told_while_the_run_goes_on(signals: Signals) -> None:
    """A RUNNING event carries the stages so far."""
    with VENTAS.run() as run, run.stage("extract") as stage:
        stage.processed(7)
        signals.tick()
        event = signals.run("ventas_etl").events[-1]
    progress = event["run"]["facets"]["almenara_run"]
    assert event["eventType"] == "RUNNING"
    assert progress["stages"][0]["state"] == "RUNNING" and progress["stages"][0]["records"] == 7


def test_a_long_stage_counts_before_it_ends(signals: Signals) -> None:
    """The background brings the counts of an open stage into the metrics."""
    with VENTAS.run() as run, run.stage("extract") as stage:
        stage.processed(7)
        signals.tick()
        assert signals.metric("events_processed_total", pipeline="ventas_etl", stage="extract") == 7

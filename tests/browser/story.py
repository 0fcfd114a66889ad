"""What pipelines report, as their emitters send it: OpenLineage events, spans and log records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from almenara_platform.clock import to_nanos
from almenara_platform.logs.memory import MemoryLogStore
from almenara_platform.logs.model import LogRecord
from almenara_platform.platform import Platform
from almenara_platform.store.memory import MemoryLineageStore
from almenara_platform.traces.memory import MemoryTraceStore
from almenara_platform.traces.model import Span, SpanEvent, SpanKind, Status, StatusCode

SCHEMA_URL = "https://openlineage.io/spec/2-0-2/OpenLineage.json"
STAGES = (("extract", 0.42, 1_469_307), ("validate", 0.13, 1_469_307), ("transform", 0.3, 1_469_302))
LOAD = ("load", 0.15, 92_331)
ERROR = {
    "type": "duckdb.BinderException",
    "message": 'Binder Error: Referenced column "discount" not found!\nLINE 4:   sum(discount)',
    "stack": 'Traceback (most recent call last):\n  File "transform.py", line 88, in daily_sales\n    '
    "relation = connection.sql(statement)\nduckdb.BinderException: Binder Error",
}


@dataclass(slots=True)
class Telling:
    """One run to tell: ``seconds`` long, ended as ``state`` says; the state RUNNING leaves it unfinished."""

    number: int
    began: datetime
    pipeline: str = "ventas_etl"
    namespace: str = "retail"
    owner: str = "data-engineering"
    seconds: float = 40.0
    state: str = "COMPLETE"
    score: float = 98.7
    stages: Sequence[tuple[str, float, int]] = (*STAGES, LOAD)
    done: int = 2
    inputs: Sequence[str] = ("complete_journey.transactions", "complete_journey.products")
    outputs: Sequence[str] = ("warehouse.daily_sales", "warehouse.customer_features")
    column: str = "household_id"
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def run_id(self) -> str:
        """A UUIDv7 of its time and number."""
        milliseconds = to_nanos(self.began) // 1_000_000
        return str(UUID(int=milliseconds << 80 | 7 << 76 | 0b10 << 62 | self.number))

    @property
    def trace_id(self) -> str:
        """A trace id of its number."""
        return f"{self.number:032x}"


def events(run: Telling) -> list[dict[str, Any]]:
    """The events of a run, from the queue to its end."""
    told = [_event(run, "OTHER", run.began - timedelta(seconds=2), stages=[])]
    told.append(_event(run, "START", run.began, stages=[]))
    if run.state == "RUNNING":
        told.append(_event(run, "RUNNING", run.began + timedelta(seconds=1), _stages(run)))
    elif run.state != "QUEUED":
        told.append(_event(run, run.state, run.began + timedelta(seconds=run.seconds), _stages(run)))
    return told[:1] if run.state == "QUEUED" else told


def _event(run: Telling, kind: str, time: datetime, stages: list[dict[str, Any]]) -> dict[str, Any]:
    facets = {
        "almenara_trace": _facet(traceId=run.trace_id, spanId="b" * 16, traceFlags="01"),
        "almenara_run": _facet(
            state="QUEUED" if kind == "OTHER" else None,
            queue="runs",
            heartbeat=False,
            attempt=1,
            stages=stages,
            quality=_quality(run) if kind in ("COMPLETE", "FAIL") else [],
        ),
    }
    if kind == "FAIL":
        facets["errorMessage"] = _facet(
            message=ERROR["message"],
            programmingLanguage="python",
            stackTrace=ERROR["stack"],
            errorType=ERROR["type"],
        )
    return {
        "eventType": kind,
        "eventTime": time.isoformat(),
        "producer": "https://example.org/almenara",
        "schemaURL": f"{SCHEMA_URL}#/$defs/RunEvent",
        "run": {"runId": run.run_id, "facets": facets},
        "job": {
            "namespace": run.namespace,
            "name": run.pipeline,
            "facets": {"ownership": _facet(owners=[{"name": run.owner, "type": "team"}])},
        },
        "inputs": [_dataset("file", name, run.column) for name in run.inputs] if kind != "OTHER" else [],
        "outputs": [_output(name, run.column) for name in run.outputs] if kind == "COMPLETE" else [],
        **run.extra,
    }


def _facet(**values: Any) -> dict[str, Any]:
    return {"_producer": "https://example.org/almenara", "_schemaURL": f"{SCHEMA_URL}#/$defs/Facet", **values}


def _dataset(namespace: str, name: str, column: str) -> dict[str, Any]:
    fields = [
        {"name": column, "type": "VARCHAR", "description": "keyed hash"},
        {"name": "sales_value", "type": "DOUBLE"},
        {"name": "transaction_timestamp", "type": "TIMESTAMP"},
    ]
    return {"namespace": namespace, "name": name, "facets": {"schema": _facet(fields=fields)}}


def _output(name: str, column: str) -> dict[str, Any]:
    dataset = _dataset("sqlite", name, column)
    dataset["outputFacets"] = {"outputStatistics": _facet(rowCount=92331, size=8_400_000)}
    return dataset


def _quality(run: Telling) -> list[dict[str, Any]]:
    table = "sales"
    return [
        {"table": table, "check": "score", "column": None, "value": run.score, "passed": None},
        {"table": table, "check": "row_count", "column": None, "value": 1469307, "passed": True},
        {"table": table, "check": "null_percentage", "column": run.column, "value": 0.02, "passed": True},
        {"table": table, "check": "null_percentage", "column": "coupon_disc", "value": 7.4, "passed": False},
        {"table": table, "check": "duplicate_count", "column": None, "value": 5, "passed": None},
    ]


def _stages(run: Telling) -> list[dict[str, Any]]:
    shown = run.stages[: run.done + 1] if run.state in ("RUNNING", "FAIL", "ABORT") else run.stages
    start, told = run.began, []
    for place, (name, share, records) in enumerate(shown):
        last = place == len(shown) - 1
        state = run.state if last else "COMPLETE"
        seconds = run.seconds * share
        told.append(
            {
                "name": name,
                "state": state,
                "startedAt": start.isoformat(),
                "durationSeconds": None if state == "RUNNING" else seconds,
                "records": records if state != "RUNNING" else records // 3,
                "error": ERROR if state == "FAIL" else None,
            }
        )
        start += timedelta(seconds=seconds)
    return told


def spans(run: Telling) -> list[Span]:
    """The spans of a run: the request, the queue, the run and its stages with a few calls each."""
    base = to_nanos(run.began)
    told = [
        _span(
            run,
            1,
            None,
            "POST /pipelines/{name}/runs",
            "sample-api",
            SpanKind.SERVER,
            base - 2_100_000_000,
            0.018,
        ),
        _span(run, 2, 1, "runs publish", "sample-api", SpanKind.PRODUCER, base - 2_095_000_000, 0.006),
        _span(run, 3, 2, run.pipeline, "worker-etl", SpanKind.CONSUMER, base, run.seconds),
    ]
    start, number = base, 4
    for name, share, _ in run.stages:
        stage = number
        told.append(_span(run, stage, 3, name, "worker-etl", SpanKind.INTERNAL, start, run.seconds * share))
        for call in range(4):
            number += 1
            begun = start + int(run.seconds * share * call * 2.4e8)
            told.append(
                _span(
                    run,
                    number,
                    stage,
                    f"SELECT {name}",
                    "warehouse",
                    SpanKind.CLIENT,
                    begun,
                    run.seconds * share * 0.2,
                )
            )
        start += int(run.seconds * share * 1e9)
        number += 1
    return told


def _span(
    run: Telling,
    number: int,
    parent: int | None,
    name: str,
    service: str,
    kind: SpanKind,
    start: int,
    seconds: float,
) -> Span:
    failed = run.state == "FAIL" and name == "transform"
    event = SpanEvent("exception", start + int(seconds * 1e9), {"exception.type": ERROR["type"]})
    return Span(
        trace_id=run.trace_id,
        span_id=f"{number:016x}",
        parent_span_id=f"{parent:016x}" if parent else None,
        name=name,
        service=service,
        kind=kind,
        start_ns=start,
        end_ns=start + int(seconds * 1e9),
        status=Status(StatusCode.ERROR, ERROR["message"]) if failed else Status(),
        attributes={
            "openlineage.run_id": run.run_id,
            "openlineage.job.name": run.pipeline,
            "almenara.stage": name,
        },
        events=(event,) if failed else (),
        resource={"service.name": service, "service.version": "0.1.0"},
    )


def logs(run: Telling) -> list[LogRecord]:
    """The log lines of a run: its stages, a warning, and the error of a failed one."""
    told, start = [], run.began
    for name, share, records in run.stages:
        told.append(_log(run, start, "INFO", "stage_started", name))
        middle = start + timedelta(seconds=run.seconds * share / 2)
        told.append(
            _log(run, middle, "DEBUG", f"read a batch of {name}", name, batch=7, rows=65_536, error_count=0)
        )
        if name == "validate":
            fields = {"table": "sales", "column": "coupon_disc", "null_pct": 7.4, "error_count": 4}
            told.append(_log(run, middle, "WARNING", "null percentage above its threshold", name, **fields))
        start += timedelta(seconds=run.seconds * share)
        if run.state == "FAIL" and name == "transform":
            error = {"error_type": ERROR["type"], "error_message": ERROR["message"], "stack": ERROR["stack"]}
            return [*told, _log(run, start, "ERROR", "stage_failed", name, error_count=9, **error)]
        rate = round(records / (run.seconds * share))
        fields = {
            "records_processed": records,
            "duration_sec": round(run.seconds * share, 2),
            "throughput_rps": rate,
        }
        told.append(_log(run, start, "INFO", "stage_completed", name, **fields))
    return told


def _log(run: Telling, time: datetime, level: str, message: str, stage: str, **fields: Any) -> LogRecord:
    return LogRecord(
        time_ns=to_nanos(time),
        level=level,
        message=message,
        service="worker-etl",
        pipeline=run.pipeline,
        stage=stage,
        run_id=run.run_id,
        trace_id=run.trace_id,
        span_id=f"{3:016x}",
        fields=fields,
    )


def memory_platform() -> Platform:
    """A platform that keeps everything in memory."""
    return Platform(lineage=MemoryLineageStore(), traces=MemoryTraceStore(), logs=MemoryLogStore())


def tell(platform: Platform, *runs: Telling) -> None:
    """Let the platform know of these runs."""
    for run in runs:
        platform.lineage.apply(events(run), datetime.now(UTC))
        platform.traces.add(spans(run))
        platform.logs.add(logs(run))

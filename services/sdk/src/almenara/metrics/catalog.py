"""The metrics that this SDK exports: the SDK's part of config/telemetry.yaml."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """One metric as declared; ``buckets`` are the upper bounds of a histogram without +Inf."""

    name: str
    type: str
    unit: str
    labels: tuple[str, ...]
    help: str
    buckets: tuple[float, ...] = ()


EVENTS_PROCESSED = MetricSpec(
    "events_processed_total", "counter", "", ("pipeline", "stage"), "Records that a stage has processed."
)
ERRORS = MetricSpec(
    "errors_total",
    "counter",
    "",
    ("pipeline", "stage", "error_type"),
    "Exceptions that ended a stage or run.",
)
ACTIVE_JOBS = MetricSpec("active_jobs", "gauge", "", ("pipeline",), "Runs in progress in this process.")
QUEUE_SIZE = MetricSpec("queue_size", "gauge", "", ("queue_name",), "Entries waiting in a queue.")
PROCESSING_DURATION = MetricSpec(
    "processing_duration_seconds",
    "histogram",
    "seconds",
    ("pipeline", "stage"),
    "Duration of a stage.",
    (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
)
RECORD_SIZE = MetricSpec(
    "record_size_bytes",
    "histogram",
    "bytes",
    ("pipeline",),
    "Mean size of the records of a batch, counted once a record.",
    (100, 500, 1_000, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000),
)
PROCESSING_TIME = MetricSpec(
    "processing_time_seconds", "summary", "seconds", ("pipeline",), "Duration of a run, sum and count."
)
QUALITY_SCORE = MetricSpec(
    "data_quality_score",
    "gauge",
    "",
    ("pipeline", "table", "check_type"),
    "Quality of a table, 0 to 100: overall, completeness (no nulls) or uniqueness (no duplicates).",
)
NULL_PERCENTAGE = MetricSpec(
    "null_percentage", "gauge", "", ("pipeline", "table", "column"), "Share of nulls in a column, 0 to 100."
)
OPTIONAL_NULLS = MetricSpec(
    "optional_null_percentage",
    "gauge",
    "",
    ("pipeline", "table", "column"),
    "Share of nulls in a column that a check calls optional, 0 to 100; no alert asks for it.",
)
DUPLICATE_COUNT = MetricSpec(
    "duplicate_count", "gauge", "", ("pipeline", "table"), "Rows that repeat an earlier one."
)
HTTP_DURATION = MetricSpec(
    "http_server_request_duration_seconds",
    "histogram",
    "seconds",
    ("method", "route", "status_code"),
    "Duration of an HTTP request; route is the template, not the path.",
    (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
HTTP_ACTIVE = MetricSpec(
    "http_server_active_requests", "gauge", "", ("method",), "HTTP requests being answered."
)
SIGNALS_SENT = MetricSpec(
    "almenara_signals_sent_total",
    "counter",
    "",
    ("signal",),
    "Spans, logs and lineage events that a backend accepted; signal is spans, logs or lineage.",
)
SIGNALS_DROPPED = MetricSpec(
    "almenara_signals_dropped_total",
    "counter",
    "",
    ("signal", "reason"),
    "Spans, logs and lineage events that were given up, and why.",
)
SEND_FAILURES = MetricSpec(
    "almenara_send_failures_total",
    "counter",
    "",
    ("signal",),
    "Requests to a backend that failed and are tried again.",
)
SPOOL_SIZE = MetricSpec(
    "almenara_spool_size_bytes",
    "gauge",
    "bytes",
    (),
    "Unsent signals on disk, of every process that shares it.",
)
TELEMETRY_ERRORS = MetricSpec(
    "almenara_telemetry_errors_total",
    "counter",
    "",
    ("component",),
    "Exceptions inside the SDK that were kept from the job.",
)
LABEL_OVERFLOW = MetricSpec(
    "almenara_label_overflow_total",
    "counter",
    "",
    ("metric", "label"),
    "Values of a label that were replaced by `other` because there are too many, counted in each metric.",
)

CATALOG: tuple[MetricSpec, ...] = (
    EVENTS_PROCESSED,
    ERRORS,
    ACTIVE_JOBS,
    QUEUE_SIZE,
    PROCESSING_DURATION,
    RECORD_SIZE,
    PROCESSING_TIME,
    QUALITY_SCORE,
    NULL_PERCENTAGE,
    OPTIONAL_NULLS,
    DUPLICATE_COUNT,
    HTTP_DURATION,
    HTTP_ACTIVE,
    SIGNALS_SENT,
    SIGNALS_DROPPED,
    SEND_FAILURES,
    SPOOL_SIZE,
    TELEMETRY_ERRORS,
    LABEL_OVERFLOW,
)

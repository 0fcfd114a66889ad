"""The columns of the console's lists."""

from __future__ import annotations

from almenara_platform.ui.components.table import Column

PIPELINES = (
    Column("pipeline", "Pipeline", sortable=True),
    Column("last", "Last run", sortable=True),
    Column("history", "History"),
    Column("duration", "Duration", "end", sortable=True),
    Column("records", "Records", "end", sortable=True),
    Column("quality", "Quality", "end", sortable=True),
    Column("fresh", "Last success", "end", sortable=True),
    Column("owner", "Owner", sortable=True),
)

RUNS = (
    Column("run", "Run", "tight"),
    Column("pipeline", "Pipeline"),
    Column("state", "State", "tight"),
    Column("started", "Started", "tight"),
    Column("duration", "Duration", "end"),
    Column("records", "Records", "end"),
    Column("quality", "Quality", "end"),
    Column("error", "Error", "prose"),
)

DATASET_RUNS = tuple(column for column in RUNS if column.name not in ("records", "quality", "error"))

PIPELINE_RUNS = tuple(column for column in RUNS if column.name != "pipeline")

TRACES = (
    Column("trace", "Root"),
    Column("service", "Service"),
    Column("started", "Started", "tight"),
    Column("duration", "Duration", "end"),
    Column("spans", "Spans", "end"),
    Column("errors", "Errors", "end"),
    Column("run", "Run", "tight"),
)

DATASETS = (
    Column("dataset", "Dataset", "top", sortable=True),
    Column("columns", "Columns", "top"),
    Column("produced", "Written by", "top jobs"),
    Column("consumed", "Read by", "top jobs"),
    Column("seen", "Last seen", "top end", sortable=True),
)

OPERATIONS = (
    Column("operation", "Operation"),
    Column("on_path", "On the path", "end", sortable=True),
    Column("share", "Share", "end", sortable=True),
    Column("exclusive", "Exclusive", "end", sortable=True),
    Column("inclusive", "Inclusive", "end", sortable=True),
    Column("count", "Count", "end", sortable=True),
)

PERCENTILES = (
    Column("operation", "Operation on the path"),
    Column("mean", "Mean", "end", sortable=True),
    Column("share", "Share", "end", sortable=True),
    Column("p50", "p50", "end", sortable=True),
    Column("p95", "p95", "end", sortable=True),
    Column("p99", "p99", "end", sortable=True),
)

CHANGES = (
    Column("operation", "Operation on the path"),
    Column("before", "Before", "end", sortable=True),
    Column("after", "After", "end", sortable=True),
    Column("change", "Change", "end", sortable=True),
    Column("interval", "95 % interval", "end"),
    Column("traces", "Traces", "end"),
    Column("examples", "Open before, after"),
)

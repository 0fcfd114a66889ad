"""The pages. Importing a module of this package registers its page with NiceGUI."""

from almenara_platform.ui.pages import (
    alerts,
    compare,
    datasets,
    logs,
    missing,
    operation,
    overview,
    pipeline,
    run,
    run_of_trace,
    runbook,
    runs,
    slos,
    trace,
    traces,
)

__all__ = [
    "alerts",
    "compare",
    "datasets",
    "logs",
    "missing",
    "operation",
    "overview",
    "pipeline",
    "run",
    "run_of_trace",
    "runbook",
    "runs",
    "slos",
    "trace",
    "traces",
]

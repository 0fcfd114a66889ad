"""The pages. Importing a module of this package registers its page with NiceGUI."""

from almenara_platform.ui.pages import (
    compare,
    datasets,
    logs,
    missing,
    operation,
    overview,
    pipeline,
    run,
    run_of_trace,
    runs,
    trace,
    traces,
)

__all__ = [
    "compare",
    "datasets",
    "logs",
    "missing",
    "operation",
    "overview",
    "pipeline",
    "run",
    "run_of_trace",
    "runs",
    "trace",
    "traces",
]

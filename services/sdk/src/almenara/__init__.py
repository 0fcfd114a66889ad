"""One description of a pipeline run, four signals: logs, metrics, traces and lineage joined by one id.

>>> import almenara
>>> ventas = almenara.Pipeline("ventas_etl", namespace="retail", owner="data-engineering")

with ventas.run() as run:
    with run.stage("extract") as stage:
        stage.processed(1000)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from almenara import metrics
from almenara.carry import ContextThreadPoolExecutor, carry
from almenara.dataset import Dataset
from almenara.decorators import log_execution
from almenara.exceptions import AlmenaraError, QualityError, RunIdError, SettingsError, UsageError
from almenara.logs import log
from almenara.pipeline import Pipeline
from almenara.run import Run
from almenara.runtime import Telemetry, configure, flush, shutdown
from almenara.stage import Stage
from almenara.submit import Ticket

if TYPE_CHECKING:
    from almenara import fastapi as fastapi
    from almenara import http as http
    from almenara import testing as testing

# they need packages that not every job has or pays for, so they are imported when they are asked for
_ON_DEMAND = frozenset({"fastapi", "http", "testing"})

__all__ = [
    "AlmenaraError",
    "ContextThreadPoolExecutor",
    "Dataset",
    "Pipeline",
    "QualityError",
    "Run",
    "RunIdError",
    "SettingsError",
    "Stage",
    "Telemetry",
    "Ticket",
    "UsageError",
    "carry",
    "configure",
    "flush",
    "log",
    "log_execution",
    "metrics",
    "shutdown",
]

if not TYPE_CHECKING:  # or type checkers would take every misspelt name for granted

    def __getattr__(name: str) -> Any:
        if name in _ON_DEMAND:
            return import_module(f"almenara.{name}")
        raise AttributeError(f"module 'almenara' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_ON_DEMAND})

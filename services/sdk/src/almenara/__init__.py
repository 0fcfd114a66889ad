"""One description of a pipeline run, four signals: logs, metrics, traces and lineage joined by one id.

>>> import almenara
>>> ventas = almenara.Pipeline("ventas_etl", namespace="retail", owner="data-engineering")

with ventas.run() as run:
    with run.stage("extract") as stage:
        stage.processed(1000)
"""

from __future__ import annotations

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

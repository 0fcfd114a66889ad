"""Objectives, alerts and Prometheus of one platform, put together as its settings say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from loguru import logger

from almenara.settings import Settings
from almenara_platform.alerts.intake import AlertIntake
from almenara_platform.alerts.memory import MemoryAlertStore
from almenara_platform.alerts.port import AlertStore
from almenara_platform.alerts.reach import BlastRadius, NoLineage
from almenara_platform.alerts.sqlite import SqliteAlertStore
from almenara_platform.clock import Clock
from almenara_platform.promql.http import HttpPrometheus
from almenara_platform.promql.none import NoPrometheus
from almenara_platform.promql.port import PrometheusApi
from almenara_platform.runbooks import Runbooks
from almenara_platform.slo.errors import InvalidSpec
from almenara_platform.slo.from_prometheus import PrometheusSource
from almenara_platform.slo.from_runs import RunRecordSource
from almenara_platform.slo.load import read_slos
from almenara_platform.slo.model import Slo
from almenara_platform.slo.pipelines import NO_PIPELINES, PipelineConfig, load_pipelines
from almenara_platform.slo.status import Objectives
from almenara_platform.store.opening import IN_MEMORY
from almenara_platform.store.port import LineageStore

SLO_FOLDER = "slos"
PIPELINES_FILE = "pipelines.yaml"


@dataclass(frozen=True, slots=True)
class Reliability:
    """What the console and the API know of promises and alarms."""

    objectives: Objectives
    alerts: AlertStore
    intake: AlertIntake
    radius: BlastRadius
    prometheus: PrometheusApi
    runbooks: Runbooks
    clock: Clock

    def close(self) -> None:
        """Release the alert store."""
        self.alerts.close()


def open_reliability(
    settings: Settings, lineage: LineageStore, radius: BlastRadius, clock: Clock
) -> Reliability:
    """Read config/, open the alert store; raises ``StoreUnavailable`` when that cannot be opened.

    Objectives that cannot be read are logged and left out: a slip in a file must not stop the intake.
    """
    prometheus = HttpPrometheus(settings.prometheus_url) if settings.prometheus_url else NoPrometheus()
    slos, config = _read(settings.config_dir, timedelta(days=settings.retention_days))
    sources = RunRecordSource(lineage), PrometheusSource(prometheus)
    alerts = _alert_store(settings)
    return Reliability(
        objectives=Objectives(slos, config, *sources, clock),
        alerts=alerts,
        intake=AlertIntake(alerts, radius, clock),
        radius=radius,
        prometheus=prometheus,
        runbooks=Runbooks(settings.runbooks_dir),
        clock=clock,
    )


def _alert_store(settings: Settings) -> AlertStore:
    if settings.database_url == IN_MEMORY:
        return MemoryAlertStore()
    return SqliteAlertStore(settings.data_dir / "alerts.db")


def _read(folder: Path, retention: timedelta) -> tuple[list[Slo], PipelineConfig]:
    if not (folder / SLO_FOLDER).is_dir():
        logger.warning("no_objectives", folder=str(folder / SLO_FOLDER))
        return [], NO_PIPELINES
    try:
        slos, faults = read_slos([folder / SLO_FOLDER], round(retention.total_seconds()))
    except InvalidSpec as error:
        slos, faults = [], [*error.faults]
    try:
        config = load_pipelines(folder / PIPELINES_FILE)
    except InvalidSpec as error:
        config, faults = NO_PIPELINES, [*faults, *error.faults]
    if faults:
        logger.error("objectives_are_invalid", faults=[str(fault) for fault in faults])
    return slos, config


def unwatched(lineage: LineageStore, clock: Clock) -> Reliability:
    """Nothing is promised and no alert ever came: for a console that stands alone."""
    alerts, prometheus, radius = MemoryAlertStore(), NoPrometheus(), NoLineage()
    sources = RunRecordSource(lineage), PrometheusSource(prometheus)
    return Reliability(
        objectives=Objectives([], NO_PIPELINES, *sources, clock),
        alerts=alerts,
        intake=AlertIntake(alerts, radius, clock),
        radius=radius,
        prometheus=prometheus,
        runbooks=Runbooks(Path("docs/runbooks")),
        clock=clock,
    )

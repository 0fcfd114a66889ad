"""The composition root: which stores there are, what is served and what runs beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from almenara.settings import Settings
from almenara_platform import settings as platform_settings
from almenara_platform.alerts.graph_reach import GraphLineage
from almenara_platform.alerts.metrics import ReachCollector
from almenara_platform.alerts.port import AlertStore
from almenara_platform.api import (
    alerts,
    critical_path,
    datasets,
    docs,
    health,
    labels,
    lineage,
    lineage_answers,
    lineage_rebuild,
    logs,
    metrics,
    operations,
    otlp,
    outbox,
    pipelines,
    problem,
    runs,
    services,
    slo,
    traces,
)
from almenara_platform.api.head import HeadAsGet
from almenara_platform.api.methods import WrongMethod
from almenara_platform.clock import Clock, system_clock
from almenara_platform.forwarding import destination_names, open_forwarding
from almenara_platform.gateway.body import BodyReader
from almenara_platform.gateway.intake import Intake
from almenara_platform.housekeeping import Retention, SilenceSweep, kept_up
from almenara_platform.lineage.dashboards import Dashboards
from almenara_platform.lineage.service import Lineage, open_index
from almenara_platform.lineage.upkeep import LineageUpkeep
from almenara_platform.metrics.info import export_info
from almenara_platform.metrics.own import OwnMetrics
from almenara_platform.metrics.pipelines import PipelineCollector
from almenara_platform.reliability import open_reliability
from almenara_platform.stores import Stores, open_stores, read_stores

_DESCRIPTION = "Runs, traces, logs and lineage of data pipelines, joined by one id."

ROUTERS = (
    docs.router,
    health.router,
    metrics.router,
    lineage.router,
    lineage.doubled,
    lineage_answers.router,
    lineage_rebuild.router,
    labels.router,
    otlp.router,
    pipelines.router,
    runs.router,
    traces.router,
    critical_path.router,
    operations.router,
    services.router,
    logs.router,
    datasets.router,
    alerts.router,
    slo.router,
    outbox.router,
)


def create_app(settings: Settings | None = None, clock: Clock = system_clock) -> FastAPI:
    """The platform as an ASGI application; raises ``StoreUnavailable`` when a store cannot be opened."""
    settings = settings or platform_settings.read()
    stores = open_stores(settings, destination_names(settings))
    registry = CollectorRegistry()
    registry.register(PipelineCollector(stores.lineage, clock))
    own_metrics = OwnMetrics(registry)
    export_info(settings, registry)
    forwarding = open_forwarding(settings, stores.lineage, registry, clock)
    index = open_index(stores.lineage, settings.config_dir)
    reliability = open_reliability(settings, stores.lineage, GraphLineage(index), clock)
    registry.register(ReachCollector(reliability.radius))
    app = FastAPI(
        title="Almenara",
        description=_DESCRIPTION,
        lifespan=_lifespan,
        responses=problem.RESPONSES,
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.platform = platform = read_stores(settings, stores)
    app.state.registry = registry
    app.state.reliability = reliability
    app.state.forwarding = forwarding
    boards = Dashboards(settings.dashboards_dir)
    app.state.lineage = Lineage(index, stores.lineage, boards, reliability.objectives.slos)
    app.state.bodies = BodyReader(settings.max_body_mb * 2**20)
    app.state.intake = Intake(
        stores.lineage, stores.traces, stores.logs, own_metrics, clock, settings.max_value_length
    )
    app.state.housekeeping = partial(
        kept_up,
        SilenceSweep(stores.lineage, clock),
        _retention(settings, stores, reliability.alerts, clock, own_metrics),
        LineageUpkeep(stores.lineage, index),
        reliability.objectives.read_ahead,
    )
    app.state.exit_stack = ExitStack()
    for store in dict.fromkeys((stores.lineage, stores.traces, stores.logs, platform.traces, platform.logs)):
        app.state.exit_stack.callback(store.close)
    app.state.exit_stack.callback(reliability.close)
    problem.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.router.routes.append(WrongMethod(app.routes))
    app.add_middleware(HeadAsGet)
    if settings.ui:
        _mount_console(app, settings, clock)
    return app


def _mount_console(app: FastAPI, settings: Settings, clock: Clock) -> None:
    # The console's library takes a second to import, which an API alone need not pay.
    from almenara_platform.ui import Elsewhere, mount

    elsewhere = Elsewhere(settings.grafana_url, settings.marquez_web_url, settings.jaeger_web_url)
    mount(app, app.state.platform, clock, elsewhere, app.state.reliability, app.state.lineage)


def _retention(
    settings: Settings, stores: Stores, alarms: AlertStore, clock: Clock, metrics: OwnMetrics
) -> Retention:
    age = timedelta(days=settings.retention_days)
    kept = {"lineage": stores.lineage, "spans": stores.traces, "logs": stores.logs, "alerts": alarms}
    return Retention(kept, age, settings.retention_max_mb * 2**20, clock, metrics)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    with app.state.exit_stack, app.state.housekeeping(), app.state.forwarding.running():
        yield

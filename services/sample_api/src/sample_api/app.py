"""The application, put together from its parts."""

import time

import httpx
from fastapi import FastAPI

import almenara
import almenara.fastapi
import almenara.http
from almenara.settings import Settings
from sample_api import problems
from sample_api.health import health_router
from sample_api.platform import Runs
from sample_api.routes import runs_router, sales_router
from sample_api.sales import Sales
from sample_api.submission import Submissions
from worker_etl import warehouse
from worker_etl.ledger import Ledger
from worker_etl.queue import QUEUE_NAME, RunQueue

PLATFORM_TIMEOUT_SECONDS = 5.0


def create_app(settings: Settings) -> FastAPI:
    """Build the API for its settings; the warehouse's tables are made when missing."""
    engine = warehouse.connect(settings.warehouse_url)
    warehouse.create_tables(engine)
    queue = RunQueue(settings.queue_url)
    almenara.metrics.queue_size(QUEUE_NAME).set_function(queue.size)
    client = almenara.http.client(base_url=settings.platform_url, timeout=PLATFORM_TIMEOUT_SECONDS)
    return assemble(Ledger(engine, time.time, settings.lease_seconds), queue, Sales(engine), client)


def assemble(ledger: Ledger, queue: RunQueue, sales: Sales, client: httpx.Client) -> FastAPI:
    """Put the application together from its parts."""
    app = FastAPI(title="Almenara sample API", description=__doc__, version="0.1.0")
    app.include_router(runs_router(Submissions(ledger, queue), Runs(client, ledger)))
    app.include_router(sales_router(sales))
    app.include_router(health_router({"warehouse": sales.check, "queue": queue.size}))
    problems.install(app)
    almenara.fastapi.instrument(app)
    return app

"""The API over a warehouse and a queue in a folder of the test, and a platform that a test scripts."""

import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert

import almenara.http
from almenara.testing import Signals
from sample_api.app import assemble
from sample_api.sales import Sales
from worker_etl import warehouse
from worker_etl.ledger import Ledger
from worker_etl.queue import RunQueue


class ScriptedPlatform:
    """Answers what a test tells it to, and keeps what it was asked."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answer: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(404, json={})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.requests.append(request)
        return self.answer(request)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """A warehouse with three days of sales and one product."""
    engine = warehouse.connect(f"sqlite:///{tmp_path}/warehouse.db")
    warehouse.create_tables(engine)
    sale = {"department": "MEAT", "quantity": 1, "sales_value": 2.5, "discount_value": 0.0, "baskets": 1}
    sales = [
        {"day": date(2017, 3, day), "store_id": store, "product_id": product, **sale}
        for day in (1, 2, 3)
        for store in (1, 2)
        for product in (10, 11)
    ]
    sales[5]["department"] = "SEAFOOD"
    product = {"product_id": 10, "manufacturer_id": 7, "department": "MEAT", "brand": "Private"}
    with engine.begin() as connection:
        connection.execute(insert(warehouse.daily_sales), sales)
        connection.execute(insert(warehouse.products), product)
    return engine


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    """The ledger that the API writes."""
    return Ledger(engine, time.time, 15)


@pytest.fixture
def queue(tmp_path: Path) -> RunQueue:
    """The queue that the API fills."""
    return RunQueue(f"sqlite:///{tmp_path}/queue.db")


@pytest.fixture
def platform() -> ScriptedPlatform:
    """A platform that knows no run until a test says otherwise."""
    return ScriptedPlatform()


@pytest.fixture
def api(
    signals: Signals, engine: Engine, ledger: Ledger, queue: RunQueue, platform: ScriptedPlatform
) -> Iterator[TestClient]:
    """A client of the API."""
    client = almenara.http.client(base_url="http://platform", transport=httpx.MockTransport(platform))
    app = assemble(ledger, queue, Sales(engine), client)
    with TestClient(app, raise_server_exceptions=False) as test_client:
        yield test_client

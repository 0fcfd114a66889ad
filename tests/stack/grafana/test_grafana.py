"""Grafana itself, where its image is there: what is provisioned works as Grafana reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.containers import has_image
from tests.platform.dashboards import reading
from tests.stack.grafana.conftest import History
from tests.stack.grafana.variables import chosen
from tests.stack.project import Project

from almenara_platform.dashboards import identity

pytestmark = [pytest.mark.docker, pytest.mark.stack]


@pytest.fixture(scope="module")
def grafana(project: Project) -> Iterator[httpx.Client]:
    """Grafana's API as its administrator; skipped where its image is missing."""
    if not has_image("grafana"):
        pytest.skip("the image of Grafana is not on this machine")
    password = project.compose("exec", "-T", "grafana", "cat", "/run/secrets/grafana_admin_password").strip()
    address = project.url("grafana", 3000)
    with httpx.Client(base_url=address, auth=("admin", password), timeout=30, trust_env=False) as client:
        yield client


def test_provisioning_reports_no_error(grafana: httpx.Client, project: Project) -> None:
    """Grafana's log has no error about provisioning."""
    assert grafana.get("/api/health").json()["database"] == "ok"
    lines = project.compose("logs", "--no-log-prefix", "grafana").splitlines()
    assert [line for line in lines if "level=error" in line and "provision" in line] == []


def test_every_dashboard_is_listed_in_its_folder(grafana: httpx.Client) -> None:
    """All dashboards are there under their uids, in the one folder."""
    found = grafana.get("/api/search", params={"type": "dash-db", "tag": "almenara"}).json()
    assert {item["uid"] for item in found} == {board["uid"] for board in reading.boards()}
    assert {item["folderUid"] for item in found} == {identity.FOLDER_UID}


@pytest.mark.parametrize("source", identity.DATASOURCES, ids=lambda source: source.uid)
def test_every_datasource_is_healthy(source: Any, grafana: httpx.Client) -> None:
    """Each datasource exists with its type, and its backend answers it."""
    assert grafana.get(f"/api/datasources/uid/{source.uid}").json()["type"] == source.type_val
    if source is not identity.ALERTMANAGER:
        health = grafana.get(f"/api/datasources/uid/{source.uid}/health").json()
        assert health["status"] == "OK", health


def test_links_are_as_grafana_keeps_them(grafana: httpx.Client) -> None:
    """What was $$ in the file is $ in Grafana, and the environment is filled in."""
    loki = grafana.get(f"/api/datasources/uid/{identity.LOKI.uid}").json()["jsonData"]
    assert all("$${" not in field["url"] for field in loki["derivedFields"])
    assert all("${__value.raw}" in field["url"] for field in loki["derivedFields"])
    assert "ALMENARA_CONSOLE_URL" not in str(loki)


@pytest.mark.parametrize("board", reading.boards(), ids=lambda board: board["uid"])
def test_grafana_asks_every_panels_queries(
    board: dict[str, Any], grafana: httpx.Client, history: History
) -> None:
    """/api/ds/query answers each panel's queries without an error."""
    values = chosen(board, history.backends, history.complete["run_id"], several=False)
    values = {**values, **history.backends.times()}
    for panel in reading.panels(board):
        for target in panel["targets"]:
            asked = {
                key: reading.interpolate(value, values) if isinstance(value, str) else value
                for key, value in target.items()
                if key != "legendFormat"
            }
            body = {"queries": [asked], "from": "now-1h", "to": "now"}
            answer = grafana.post("/api/ds/query", json=body)
            assert answer.status_code == 200, (panel["title"], answer.text[:500])
            assert "error" not in answer.json()["results"][target["refId"]], panel["title"]

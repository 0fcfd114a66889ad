"""Every link leads to something that exists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from fastapi.testclient import TestClient
from tests.platform.dashboards import reading
from tests.platform.dashboards.provisioning import datasources

from almenara_platform import settings as platform_settings
from almenara_platform.app import create_app
from almenara_platform.dashboards import identity

GRAFANAS_OWN = re.compile(r"\$\{__(field|data|value|url_time_range|from|to)[^}]*\}")


def links(document: Any) -> Iterator[str]:
    """Every URL of a dashboard, at any depth."""
    if isinstance(document, list):
        for item in document:
            yield from links(item)
    elif isinstance(document, dict):
        if isinstance(document.get("url"), str) and document["url"]:
            yield document["url"]
        for item in document.values():
            yield from links(item)


EVERY = [(board["uid"], url) for board in reading.boards() for url in dict.fromkeys(links(board))]
EACH = pytest.mark.parametrize(("uid", "url"), EVERY)
CONSOLE = sorted({url.removeprefix("${console}") for _, url in EVERY if url.startswith("${console}")})


def variables(uid: str) -> set[str]:
    """The variables of a dashboard."""
    (board,) = [board for board in reading.boards() if board["uid"] == uid]
    return {variable["name"] for variable in board["templating"]["list"]}


@EACH
def test_a_link_uses_only_variables_that_exist(uid: str, url: str) -> None:
    """Whatever is filled in is a variable of the dashboard or one of Grafana's."""
    own = reading.variables_in(GRAFANAS_OWN.sub("", url))
    assert own <= variables(uid)


@EACH
def test_a_link_to_a_dashboard_sets_variables_that_it_has(uid: str, url: str) -> None:
    """The dashboard is one of ours, the time range goes along, and each variable set is known there."""
    parts = urlsplit(url)
    if not parts.path.startswith("/d/"):
        return
    target = parts.path.removeprefix("/d/")
    assert "${__url_time_range}" in parts.query
    chosen = {name.removeprefix("var-") for name, _ in parse_qsl(parts.query) if name.startswith("var-")}
    kept = set(re.findall(r"\$\{(\w+):queryparam\}", parts.query))
    assert chosen | kept <= variables(target)


@EACH
def test_a_link_to_explore_is_a_query_that_grafana_reads(uid: str, url: str) -> None:
    """The pane is JSON once its variables are filled in, with a provisioned datasource."""
    if not url.startswith("/explore"):
        return
    pane = json.loads(unquote(GRAFANAS_OWN.sub("x", dict(parse_qsl(urlsplit(url).query))["panes"])))["a"]
    sources = {source.uid for source in identity.DATASOURCES}
    assert pane["datasource"] in sources
    assert {query["datasource"]["uid"] for query in pane["queries"]} <= sources


@EACH
def test_a_link_to_grafanas_alerting_names_the_provisioned_alertmanager(uid: str, url: str) -> None:
    """It is a page that Grafana has, and the Alertmanager is named as its datasource is."""
    parts = urlsplit(url)
    if not parts.path.startswith("/alerting/"):
        return
    assert parts.path in {"/alerting/groups", "/alerting/silences", "/alerting/silence/new"}
    asked = parse_qsl(GRAFANAS_OWN.sub("x", parts.query))
    (name,) = [value for key, value in asked if key == "alertmanager"]
    assert datasources({"ALMENARA_CONSOLE_URL": ""})[identity.ALERTMANAGER.uid]["name"] == name
    assert all(re.fullmatch(r"\w+=x", value) for key, value in asked if key == "matcher")


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A console over empty stores."""
    folder = tmp_path_factory.mktemp("console")
    settings = platform_settings.read(
        {
            "data_dir": folder,
            "config_dir": reading.ROOT / "config",
            "runbooks_dir": reading.ROOT / "docs/runbooks",
        }
    )
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.mark.parametrize("url", CONSOLE)
def test_a_link_to_the_console_is_a_page_of_it(url: str, console: TestClient) -> None:
    """The page answers, or says by itself that it knows no such run, trace or dataset."""
    path = re.sub(r"\$\{[^}]*\}", "x", url)
    answer = console.get(path, follow_redirects=False)
    known = answer.status_code == 200 or (answer.status_code == 404 and "No page" not in answer.text)
    assert known, (answer.status_code, path)


def test_each_of_the_runs_links_is_there() -> None:
    """A run leads to its trace, its page, its pipeline's metrics, and its datasets here and in Marquez."""
    board = reading.board(reading.ROOT / "grafana/dashboards/almenara-run.json")
    found = " ".join(links(board))
    for part in (
        "${console}/runs/",
        "${console}/traces/",
        "/d/almenara-pipelines",
        "${marquez}/lineage/dataset/",
    ):
        assert part in found

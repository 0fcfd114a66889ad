"""Links from the console to Grafana, Jaeger and Marquez, and from a trace to its run."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.platform.events import NOON, RUN_ID, run_event
from tests.platform.spans import span

from almenara_platform.logs.memory import MemoryLogStore
from almenara_platform.platform import Platform
from almenara_platform.runs.model import DatasetRef, Run
from almenara_platform.store.memory import MemoryLineageStore
from almenara_platform.traces.memory import MemoryTraceStore
from almenara_platform.ui import mount
from almenara_platform.ui.elsewhere import AROUND, NOWHERE, Elsewhere

EVERYWHERE = Elsewhere(grafana="http://grafana.example/", marquez="http://marquez.example")


@pytest.fixture
def run() -> Run:
    """A run that took a minute."""
    store = MemoryLineageStore()
    store.apply([run_event("START"), run_event("COMPLETE", 60)], NOON)
    found = store.run(RUN_ID)
    assert found
    return found


def test_a_run_leads_to_its_dashboard_and_its_pipelines_metrics(run: Run) -> None:
    """Both open at the time of the run, with a margin that shows what was usual."""
    found = dict(EVERYWHERE.of_run(run, NOON + timedelta(hours=1)))
    paths = {title: urlsplit(url) for title, url in found.items()}
    own = {title: parse_qs(parts.query) for title, parts in paths.items()}
    assert paths["Run in Grafana"].path == "/d/almenara-run"
    assert own["Run in Grafana"]["var-run_id"] == [RUN_ID]
    assert paths["Metrics in Grafana"].path == "/d/almenara-pipelines"
    assert own["Metrics in Grafana"]["var-pipeline"] == ["ventas_etl"]
    begin, end = (
        (NOON - AROUND).timestamp() * 1000,
        (NOON + timedelta(seconds=60) + AROUND).timestamp() * 1000,
    )
    for query in own.values():
        assert (query["from"], query["to"]) == ([f"{begin:.0f}"], [f"{end:.0f}"])


def test_a_run_leads_to_its_trace_in_jaeger(run: Run) -> None:
    """Also where there is no Grafana; a run whose trace is not known has no such link."""
    jaeger = Elsewhere(jaeger="http://jaeger.example/")
    traced = replace(run, trace_id=f"{7:032x}")
    assert dict(jaeger.of_run(traced, NOON)) == {"Trace in Jaeger": f"http://jaeger.example/trace/{7:032x}"}
    assert list(jaeger.of_run(replace(run, trace_id=None), NOON)) == []


def test_a_dataset_leads_to_marquez_whatever_it_is_called() -> None:
    """Slashes and spaces of a name stay within their part of the path."""
    dataset = DatasetRef(namespace="postgres://db:5432", name="a b/c", schema=(), rows=None, bytes=None)
    assert dict(EVERYWHERE.of_dataset(dataset)) == {
        "Marquez": "http://marquez.example/lineage/dataset/postgres%3A%2F%2Fdb%3A5432/a%20b%2Fc"
    }


def test_a_dataset_that_marquez_cannot_show_leads_nowhere() -> None:
    """Its page would say that there is no such dataset."""
    dataset = DatasetRef(namespace="kafka://broker", name="topic:v1", schema=(), rows=None, bytes=None)
    assert list(EVERYWHERE.of_dataset(dataset)) == []


def test_without_addresses_there_are_no_links(run: Run) -> None:
    """Embedded there is none of them, and the console does not pretend."""
    dataset = DatasetRef(namespace="n", name="d", schema=(), rows=None, bytes=None)
    assert list(NOWHERE.of_run(run, NOON)) == []
    assert list(NOWHERE.of_dataset(dataset)) == []


def answered(path: str) -> str:
    """Where a console with two traces, one of a run, leads from a path."""
    traces = MemoryTraceStore()
    of_run = span(1, 2, parent=1, attributes={"openlineage.run_id": RUN_ID})
    traces.add([span(1, 1), of_run, span(2, 3)])
    app = FastAPI()
    mount(app, Platform(MemoryLineageStore(), traces, MemoryLogStore()))
    with TestClient(app) as client:
        return client.get(path, follow_redirects=False).headers["location"]


def test_a_trace_leads_to_its_run() -> None:
    """An exemplar knows a trace id only; one of the spans names the run."""
    assert answered(f"/traces/{1:032x}/run") == f"/runs/{RUN_ID}"


@pytest.mark.parametrize("trace_id", [f"{2:032x}", f"{9:032x}", "nonsense"])
def test_a_trace_without_a_run_leads_to_its_own_page(trace_id: str) -> None:
    """A trace of no run, an unknown one and one that is none: the trace's page says what there is."""
    assert answered(f"/traces/{trace_id}/run") == f"/traces/{trace_id}"

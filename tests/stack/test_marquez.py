"""Lineage in Marquez, asked of Marquez itself; skipped where its image is not on the machine."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx
import pytest
from tests.containers import has_image
from tests.stack.signals import Run, Signals, until

pytestmark = [pytest.mark.docker, pytest.mark.stack]


@pytest.fixture(autouse=True)
def _there() -> None:
    for service in ("marquez", "marquez-web"):
        if not has_image(service):
            pytest.skip(f"the image of {service} is not on this machine")


@pytest.fixture
def marquez(signals: Signals) -> str:
    """The base of Marquez's API."""
    return f"{signals.project.url('marquez', 5000)}/api/v1"


def asked(url: str) -> dict[str, Any]:
    """What Marquez answers, empty for a 404."""
    answer = httpx.get(url, timeout=30, trust_env=False)
    return answer.json() if answer.is_success else {}


def test_run_is_forwarded_with_its_trace(marquez: str, run: Run) -> None:
    """The run ends there as here, and its facet leads to the trace."""
    url = f"{marquez}/jobs/runs/{run['run_id']}"
    assert until(lambda: asked(url).get("state") == "COMPLETED")
    facets = asked(f"{url}/facets?type=run")["facets"]
    assert facets["almenara_trace"]["traceId"] == run["trace_id"]


def test_datasets_of_the_run_have_their_fields(marquez: str, run: Run) -> None:
    """What the run wrote is a dataset with fields, which column lineage needs."""
    for dataset in run["outputs"]:
        url = f"{marquez}/namespaces/{quote(dataset['namespace'], '')}/datasets/{quote(dataset['name'], '')}"
        assert until(lambda url=url: asked(url).get("fields")), dataset


def test_pages_are_served(signals: Signals) -> None:
    """Marquez's web answers for itself and reaches the API behind it."""
    web = signals.project.url("marquez-web", 3001)
    assert httpx.get(f"{web}/healthcheck", timeout=30, trust_env=False).is_success
    assert asked(f"{web}/api/v1/namespaces")["namespaces"]

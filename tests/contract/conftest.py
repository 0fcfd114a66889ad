"""One suite for all adapters: each module's ``ADAPTERS`` by name, and its ``OPT_OUTS`` with their reasons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.contract.jaeger import Jaeger, jaeger_container
from tests.contract.loki import loki_container
from tests.contract.postgres import server

IN_CONTAINERS = {"jaeger", "loki", "postgres"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what asks for a store with each adapter."""
    if "store" in metafunc.fixturenames:
        names = [
            pytest.param(name, marks=pytest.mark.docker) if name in IN_CONTAINERS else name
            for name in metafunc.module.ADAPTERS
        ]
        metafunc.parametrize("store", names, indirect=True)


@pytest.fixture
def store(request: pytest.FixtureRequest) -> Iterator[Any]:
    """One adapter after the other, empty; skips what it opts out of, with the reason."""
    opt_outs = getattr(request.module, "OPT_OUTS", {})
    reason = opt_outs.get(request.param, {}).get(request.node.originalname)
    if reason:
        pytest.skip(f"{request.param}: {reason}")
    store = request.module.ADAPTERS[request.param](request)
    yield store
    store.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server."""
    with server() as address:
        yield address


@pytest.fixture(scope="module")
def loki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Loki."""
    with loki_container(tmp_path_factory.mktemp("loki")) as url:
        yield url


@pytest.fixture(scope="module")
def jaeger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jaeger]:
    """A Jaeger, to be emptied for each test."""
    with jaeger_container(tmp_path_factory.mktemp("jaeger")) as started:
        yield started

"""One project for the whole layer: started once, torn down at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.stack.project import Project, started
from tests.stack.signals import Run, Signals

HERE = Path(__file__).parent
SECONDS = 1800
"""For one test. The first one also waits for the images to be built and for every part to be healthy."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests of this layer more time than those that start no containers."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(SECONDS))


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The stack; with ``ALMENARA_TEST_PROJECT=1`` the one that runs with this environment."""
    if os.environ.get("ALMENARA_TEST_PROJECT"):
        yield Project(os.environ)
        return
    with started(tmp_path_factory.mktemp("stack")) as fresh:
        yield fresh


@pytest.fixture(scope="session")
def signals(project: Project) -> Signals:
    """The backends of the stack."""
    return Signals.of(project)


@pytest.fixture(scope="session")
def run(signals: Signals) -> Run:
    """One run on real data that is complete."""
    ended = signals.ended(signals.start(day="2017-03-01"))
    assert ended["state"] == "COMPLETE", ended
    return ended

"""The lineage stores that the suites run with."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.contract.postgres import database

from almenara_platform.store.memory import MemoryLineageStore
from almenara_platform.store.port import LineageStore
from almenara_platform.store.postgres import postgres_lineage_store
from almenara_platform.store.sqlite import sqlite_lineage_store

LINEAGE_STORES: dict[str, Callable[[pytest.FixtureRequest], LineageStore]] = {
    "memory": lambda request: MemoryLineageStore(),
    "sqlite": lambda request: sqlite_lineage_store(request.getfixturevalue("tmp_path") / "lineage.db"),
    "postgres": lambda request: postgres_lineage_store(database(request.getfixturevalue("postgres"))),
}

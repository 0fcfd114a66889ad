"""The tables that migrations make, and databases of other versions."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from tests.contract.postgres import database, server
from tests.platform.events import NOON, RUN_ID, whole_run

from almenara_platform.exceptions import StoreUnavailable
from almenara_platform.store.postgres import postgres_lineage_store
from almenara_platform.store.schema import metadata
from almenara_platform.store.sql import SqlLineageStore
from almenara_platform.store.sqlite import sqlite_engine, sqlite_lineage_store


def differences(store: SqlLineageStore) -> list[object]:
    """What alembic would still change to reach the schema in the code."""
    with store.database.engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection), metadata)


def test_sqlite_migrations_make_the_schema(tmp_path: Path) -> None:
    """Nothing of the schema in the code is missing in a migrated file."""
    store = sqlite_lineage_store(tmp_path / "lineage.db")
    assert differences(store) == []
    store.close()


def test_postgres_migrations_make_the_schema() -> None:
    """Nothing of the schema in the code is missing in a migrated database."""
    with server() as address:
        store = postgres_lineage_store(database(address))
        assert differences(store) == []
        store.close()


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    """A database that is up to date is opened with its data."""
    first = sqlite_lineage_store(tmp_path / "lineage.db")
    first.apply(whole_run(), NOON)
    first.close()
    second = sqlite_lineage_store(tmp_path / "lineage.db")
    assert second.run(RUN_ID) is not None
    second.close()


def test_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """An older platform does not touch what it does not know."""
    sqlite_lineage_store(tmp_path / "lineage.db").close()
    with sqlite_engine(tmp_path / "lineage.db").begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnavailable, match="newer version"):
        sqlite_lineage_store(tmp_path / "lineage.db")

"""The tables that migrations make, and databases of other versions."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from tests.contract.postgres import database, server
from tests.platform.events import NOON, RUN_ID, whole_run

from almenara_platform.exceptions import StoreUnavailable
from almenara_platform.runs.model import RunState
from almenara_platform.store import migrate as migrations
from almenara_platform.store.postgres import postgres_engine, postgres_lineage_store
from almenara_platform.store.schema import metadata
from almenara_platform.store.sql import SqlLineageStore
from almenara_platform.store.sqlite import sqlite_engine, sqlite_lineage_store

FIRST_ROWS = Path(__file__).with_name("revision_0001.json")


def differences(store: SqlLineageStore) -> list[object]:
    """What alembic would still change to reach the schema in the code."""
    with store.database.engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection), metadata)


def test_sqlite_migrations_make_the_schema(tmp_path: Path) -> None:
    """Nothing of the schema in the code is missing in a migrated file."""
    store = sqlite_lineage_store(tmp_path / "lineage.db")
    assert differences(store) == []
    store.close()


@pytest.mark.docker
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
    """An older platform does not touch what it does not know, and says what to do."""
    sqlite_lineage_store(tmp_path / "lineage.db").close()
    with sqlite_engine(tmp_path / "lineage.db").begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnavailable, match=r"newer version: it is at revision 9999.*Start the newer"):
        sqlite_lineage_store(tmp_path / "lineage.db")


def test_revisions_are_one_line() -> None:
    """Two people who add a revision at the same time learn of it here."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent / "migrations"))
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


@contextmanager
def first_revision(path: Path) -> Iterator[Connection]:
    """A connection to a new SQLite file with the tables of the first revision."""
    engine = sqlite_engine(path)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        migrations.migrate(connection, migrations.FIRST)
        yield connection
    engine.dispose()


def fill(connection: Connection) -> None:
    """Put the rows of a database of the first revision into its tables."""
    for name, rows in json.loads(FIRST_ROWS.read_text()).items():
        for row in rows:
            values = {key: b64decode(v["bytes"]) if isinstance(v, dict) else v for key, v in row.items()}
            connection.execute(metadata.tables[name].insert(), values)


def check_upgraded(store: SqlLineageStore) -> None:
    """What the first revision held is there, the schema is the newest, and events go in."""
    run = store.run(RUN_ID)
    assert run is not None
    assert (run.state, run.owner) == (RunState.COMPLETE, "data-engineering")
    assert [pipeline.name for pipeline in store.pipelines()] == ["other", "ventas_etl"]
    assert [known.name for known in store.datasets().items] == ["raw", "sales"]
    assert store.run("scheduled__2026-03-01") is not None
    assert differences(store) == []
    store.apply(whole_run(), NOON)
    assert len(store.events(RUN_ID)) == 4


def test_first_revision_is_upgraded_with_its_data(tmp_path: Path) -> None:
    """A SQLite file of the first revision is opened with everything in it."""
    with first_revision(tmp_path / "lineage.db") as connection:
        fill(connection)
    store = sqlite_lineage_store(tmp_path / "lineage.db")
    check_upgraded(store)
    store.close()


@pytest.mark.docker
def test_first_revision_of_postgres_is_upgraded_with_its_data() -> None:
    """A PostgreSQL database of the first revision is opened with everything in it."""
    with server() as address:
        place = database(address)
        with postgres_engine(place).begin() as connection:
            migrations.migrate(connection, migrations.FIRST)
            fill(connection)
            connection.execute(text("SELECT setval('events_id_seq', (SELECT max(id) FROM events))"))
        store = postgres_lineage_store(place)
        check_upgraded(store)
        store.close()


def test_database_without_a_revision_is_adopted(tmp_path: Path) -> None:
    """A database that was made before revisions were kept goes on with its data."""
    with first_revision(tmp_path / "lineage.db") as connection:
        fill(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    store = sqlite_lineage_store(tmp_path / "lineage.db")
    check_upgraded(store)
    store.close()


def test_database_of_no_known_revision_is_refused_and_left_alone(tmp_path: Path) -> None:
    """Tables that lack a column of the first revision are named, and nothing of them is changed."""
    with first_revision(tmp_path / "lineage.db") as connection:
        connection.execute(text("DROP TABLE alembic_version"))
        connection.execute(text("ALTER TABLE jobs DROP COLUMN last_failure_at"))
    with pytest.raises(StoreUnavailable, match="table jobs lacks last_failure_at"):
        sqlite_lineage_store(tmp_path / "lineage.db")
    with sqlite_engine(tmp_path / "lineage.db").connect() as connection:
        assert "alembic_version" not in inspect(connection).get_table_names()


def test_upgrade_that_fails_leaves_the_database_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half an upgrade would be neither version's; the next start begins again."""
    with first_revision(tmp_path / "lineage.db") as connection:
        fill(connection)
        before = inspect(connection).get_table_names()
    with monkeypatch.context() as broken:
        broken.setattr(Operations, "create_index", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sqlite_lineage_store(tmp_path / "lineage.db")
    with sqlite_engine(tmp_path / "lineage.db").connect() as connection:
        assert inspect(connection).get_table_names() == before
    store = sqlite_lineage_store(tmp_path / "lineage.db")
    check_upgraded(store)
    store.close()


def indexes(connection: Connection) -> dict[str, tuple[list[str], str]]:
    """The columns and the condition of each index of runs."""
    where = f"{connection.dialect.name}_where"
    return {
        index["name"]: (index["column_names"], str(index.get("dialect_options", {}).get(where, "")))
        for index in inspect(connection).get_indexes("runs")
    }


def go_back(connection: Connection, revision: str) -> None:
    """Undo what came after a revision."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.downgrade(config, revision)


def check_indexes_there_and_back(connection: Connection) -> None:
    """The indexes of runs are others after the fifth revision, and the same as ever when it is undone."""
    migrations.migrate(connection, "0004_lineage_progress")
    before = indexes(connection)
    fill(connection)
    migrations.migrate(connection, "0005_fewer_indexes_of_runs")
    after = indexes(connection)
    assert len(before) - len(after) == 3
    assert after["runs_of_job"] == (["pipeline", "namespace", "listed_at", "run_id", "state"], "")
    assert "COMPLETE" in after["runs_of_state"][1]
    go_back(connection, "0004_lineage_progress")
    assert indexes(connection) == before


def test_indexes_of_runs_there_and_back(tmp_path: Path) -> None:
    """A SQLite file can be given back to the version before."""
    with first_revision(tmp_path / "lineage.db") as connection:
        check_indexes_there_and_back(connection)


@pytest.mark.docker
def test_indexes_of_runs_there_and_back_in_postgres() -> None:
    """A PostgreSQL database can be given back to the version before."""
    with server() as address, postgres_engine(database(address)).begin() as connection:
        check_indexes_there_and_back(connection)

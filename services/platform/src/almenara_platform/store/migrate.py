"""Brings the tables of a lineage database to what this version needs."""

from __future__ import annotations

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from loguru import logger
from sqlalchemy import Connection, inspect

from almenara_platform.exceptions import StoreUnavailable
from almenara_platform.store.schema import metadata

FIRST = "0001"
NEWEST = "head"

_SCRIPTS = Path(__file__).parent / "migrations"
_VERSION_TABLE = "alembic_version"
_A_FIRST_TABLE = "events"


def migrate(connection: Connection, revision: str = NEWEST) -> None:
    """Apply what is missing up to ``revision``, in the open transaction.

    A database from before there were revisions is taken for one of the first. Raises ``StoreUnavailable`` for
    one that a newer version has changed, and for one whose tables are of no known revision.
    """
    # It tells at every start what it is configured with.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    _refuse_newer(connection, ScriptDirectory.from_config(config))
    adopted = _has_no_revision(connection)
    if adopted:
        command.stamp(config, FIRST)
    before = _revision(connection)
    command.upgrade(config, revision)
    if before not in (None, _revision(connection)):
        logger.info("lineage_database_upgraded", before=before, after=_revision(connection))
    if adopted:
        _refuse_unknown(connection)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(connection: Connection, known: ScriptDirectory) -> None:
    for current in MigrationContext.configure(connection).get_current_heads():
        try:
            known.get_revision(current)
        except CommandError as error:
            raise StoreUnavailable(
                f"The lineage database has been changed by a newer version: it is at revision {current}, and "
                f"this version knows up to {known.get_current_head()}. Start the newer version, or put back "
                "the copy that was made before the upgrade."
            ) from error


def _has_no_revision(connection: Connection) -> bool:
    tables = inspect(connection).get_table_names()
    return _A_FIRST_TABLE in tables and _VERSION_TABLE not in tables


def _refuse_unknown(connection: Connection) -> None:
    found = inspect(connection)
    for table in metadata.sorted_tables:
        missing = set(table.columns.keys()) - {column["name"] for column in found.get_columns(table.name)}
        if missing:
            raise StoreUnavailable(
                f"The lineage database is from before the first release: table {table.name} lacks "
                f"{', '.join(sorted(missing))}. Move it away and start again."
            )

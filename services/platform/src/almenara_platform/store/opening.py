"""Which lineage store a database address means."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from almenara.exceptions import SettingsError
from almenara_platform.store.memory import MemoryLineageStore
from almenara_platform.store.port import LineageStore
from almenara_platform.store.postgres import postgres_lineage_store
from almenara_platform.store.sqlite import sqlite_lineage_store

IN_MEMORY = "sqlite:///:memory:"


def open_lineage_store(url: str, data_dir: Path, destinations: Sequence[str] = ()) -> LineageStore:
    """The store at ``url``; without one ``lineage.db`` in ``data_dir``.

    Events wait there for ``destinations``.

    Raises ``SettingsError`` for an address that is neither SQLite nor PostgreSQL, and for destinations of a
    store in memory; ``StoreUnavailable`` when the store cannot be opened.
    """
    if not url:
        return sqlite_lineage_store(data_dir / "lineage.db", destinations)
    if url == IN_MEMORY:
        if destinations:
            raise SettingsError(
                f"{IN_MEMORY} keeps nothing that could be forwarded; give ALMENARA_DATABASE_URL a file or a "
                f"PostgreSQL database, or forward to nobody instead of {' and '.join(destinations)}"
            )
        return MemoryLineageStore()
    backend, database = _read(url)
    if backend == "sqlite":
        return sqlite_lineage_store(Path(database), destinations)
    return postgres_lineage_store(url, destinations)


def _read(url: str) -> tuple[str, str]:
    try:
        address = make_url(url)
        backend = address.drivername.partition("+")[0]
    except (ArgumentError, ValueError) as error:
        raise SettingsError(
            "ALMENARA_DATABASE_URL is not an address such as postgresql://user@host/db"
        ) from error
    if backend not in ("sqlite", "postgresql", "postgres") or not address.database:
        raise SettingsError("ALMENARA_DATABASE_URL names neither a SQLite file nor a PostgreSQL database")
    return backend, address.database

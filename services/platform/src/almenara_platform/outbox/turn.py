"""Whose turn it is: of several platforms on one database only one may forward, or a run loses its order.

Both ways end with the process that holds them, however it ends.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Protocol

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

_KEY = 7160233216


class Turn(Protocol):
    """The right to forward; asked for from any thread."""

    def is_mine(self) -> bool:
        """Whether it is held, after taking it where it was free."""

    def release(self) -> None:
        """Leave it to others."""


class FileTurn:
    """A lock on a file beside a SQLite database."""

    def __init__(self, database: Path) -> None:
        self._lock = FileLock(database.with_name(f"{database.name}.outbox.lock"), thread_local=False)
        self._one_at_a_time = Lock()

    def is_mine(self) -> bool:
        with self._one_at_a_time:
            if not self._lock.is_locked:
                with suppress(Timeout, OSError):
                    self._lock.acquire(timeout=0)
            return self._lock.is_locked

    def release(self) -> None:
        self._lock.release()


class AdvisoryTurn:
    """An advisory lock of PostgreSQL, held by a connection of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._one_at_a_time = Lock()

    def is_mine(self) -> bool:
        with self._one_at_a_time:
            try:
                return self._holds()
            except DBAPIError:
                self._let_go()
                return False

    def release(self) -> None:
        with self._one_at_a_time:
            self._let_go()

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            # The lock belongs to the session, which must not go back to the pool with it.
            with suppress(DBAPIError):
                connection.invalidate()
                connection.close()

    def _holds(self) -> bool:
        if self._connection is not None:
            self._connection.execute(text("SELECT 1"))
            return True
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        taken = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _KEY}))
        if taken:
            self._connection = connection
        else:
            connection.close()
        return taken


def turn_on(engine: Engine) -> Turn:
    """The turn for the database of ``engine``."""
    if engine.dialect.name == "sqlite":
        return FileTurn(Path(str(engine.url.database)))
    return AdvisoryTurn(engine)

"""A SQLite file for one kind of signal: durable writes by one connection, reads beside them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock
from types import MappingProxyType

from almenara_platform.exceptions import StoreUnavailable

PRAGMAS = (
    "PRAGMA busy_timeout=10000",
    "PRAGMA journal_mode=WAL",
    # What was acknowledged must outlive a power cut, and WAL with NORMAL would lose the last transactions.
    "PRAGMA synchronous=FULL",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-65536",
)


_ROWS_AT_ONCE = 128


def insert_rows(
    connection: sqlite3.Connection, statement: str, rows: Iterable[Sequence[object]], conflict: str = ""
) -> None:
    """Run ``statement``, which ends in ``VALUES``, with many rows at once; ``conflict`` is what follows them.

    ``executemany`` gives up the interpreter lock for every row and then has to queue for it behind each
    thread that decodes; this gives it up once for 128 rows.
    """
    rest = list(rows)
    for start in range(0, len(rest), _ROWS_AT_ONCE):
        some = rest[start : start + _ROWS_AT_ONCE]
        row = f"({', '.join('?' * len(some[0]))})"
        values = ", ".join([row] * len(some))
        connection.execute(f"{statement} {values} {conflict}", list(chain.from_iterable(some)))


class SqliteFile:
    """Connections to the file at ``path``, which is made where there is none.

    ``versions`` are scripts that each bring the file from one version to the next; those it has not seen are
    applied. ``functions`` of two arguments are known to SQL by their names.
    Every method may be called from any thread; what SQLite cannot do raises ``StoreUnavailable``.
    """

    def __init__(
        self,
        path: Path,
        versions: Sequence[str],
        functions: Mapping[str, Callable[..., object]] = MappingProxyType({}),
    ) -> None:
        self._path = path
        self._functions = functions
        self._lock = Lock()
        self._idle: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        with self._available():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = self._connect()
            self._upgrade(versions)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The writing connection in a transaction, which is on disk when the block ends."""
        with self._available(), self._lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            finally:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the file throughout the block."""
        with self._available():
            connection = self._borrow()
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")
                self._idle.put(connection)

    def size_bytes(self) -> int:
        """Bytes in use; pages that were freed count only once they are used again."""
        with self.reading() as connection:
            pages, free, size = (
                connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("page_count", "freelist_count", "page_size")
            )
        return (pages - free) * size

    def ping(self) -> None:
        """Raise ``StoreUnavailable`` unless the file can be read."""
        with self.reading() as connection:
            connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            self._writer.close()
            while not self._idle.empty():
                with closing(self._idle.get()):
                    pass

    def _upgrade(self, versions: Sequence[str]) -> None:
        (seen,) = self._writer.execute("PRAGMA user_version").fetchone()
        if seen > len(versions):
            raise StoreUnavailable(f"{self._path.name} belongs to a newer version of the platform")
        for number, script in enumerate(versions[seen:], seen + 1):
            self._writer.executescript(f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {number}; COMMIT;")

    def _borrow(self) -> sqlite3.Connection:
        try:
            return self._idle.get_nowait()
        except Empty:
            return self._connect()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        for pragma in PRAGMAS:
            connection.execute(pragma)
        for name, function in self._functions.items():
            connection.create_function(name, 2, function, deterministic=True)
        return connection

    @contextmanager
    def _available(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(f"{self._path.name} cannot be used: {error}") from error

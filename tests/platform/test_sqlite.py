"""A SQLite file: versions, transactions and what happens when the disk fails."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from almenara_platform.exceptions import StoreUnavailable
from almenara_platform.sqlite import SqliteFile, insert_rows

TABLE = "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT);"


def rows(file: SqliteFile) -> list[tuple[object, ...]]:
    """Everything in the table."""
    with file.reading() as connection:
        return connection.execute("SELECT * FROM t").fetchall()


def test_file_is_brought_to_the_newest_version(tmp_path: Path) -> None:
    """Only the scripts that a file has not seen are applied, and its data stays."""
    first = SqliteFile(tmp_path / "x.db", (TABLE,))
    with first.writing() as connection:
        connection.execute("INSERT INTO t VALUES (1, 'x')")
    first.close()
    second = SqliteFile(tmp_path / "x.db", (TABLE, "ALTER TABLE t ADD COLUMN c TEXT DEFAULT 'new';"))
    assert rows(second) == [(1, "x", "new")]
    second.close()


def test_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """An older platform does not touch what it does not know."""
    SqliteFile(tmp_path / "x.db", (TABLE, "ALTER TABLE t ADD COLUMN c TEXT;")).close()
    with pytest.raises(StoreUnavailable, match="newer"):
        SqliteFile(tmp_path / "x.db", (TABLE,))


def test_version_that_fails_leaves_the_one_before(tmp_path: Path) -> None:
    """A script is applied whole or not at all."""
    SqliteFile(tmp_path / "x.db", (TABLE,)).close()
    with pytest.raises(StoreUnavailable):
        SqliteFile(tmp_path / "x.db", (TABLE, "ALTER TABLE t ADD COLUMN c TEXT; rubbish;"))
    file = SqliteFile(tmp_path / "x.db", (TABLE,))
    assert rows(file) == []
    file.close()


def test_error_in_a_transaction_leaves_nothing(tmp_path: Path) -> None:
    """What was written before an error is taken back, and the next transaction works."""
    file = SqliteFile(tmp_path / "x.db", (TABLE,))
    with pytest.raises(RuntimeError), file.writing() as connection:
        connection.execute("INSERT INTO t VALUES (1, 'x')")
        raise RuntimeError
    with file.writing() as connection:
        connection.execute("INSERT INTO t VALUES (2, 'y')")
    assert rows(file) == [(2, "y")]
    file.close()


def test_commit_that_fails_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    """When the disk is full the write is refused, and works again when there is room."""
    file = SqliteFile(tmp_path / "x.db", (TABLE,))
    pages = file._writer.execute("PRAGMA page_count").fetchone()[0]
    file._writer.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreUnavailable, match="full"), file.writing() as connection:
        connection.execute("INSERT INTO t VALUES (1, ?)", ("x" * 100_000,))
    file._writer.execute("PRAGMA max_page_count = 100000")
    with file.writing() as connection:
        connection.execute("INSERT INTO t VALUES (2, 'y')")
    assert rows(file) == [(2, "y")]
    file.close()


def test_reader_sees_one_state_while_others_write(tmp_path: Path) -> None:
    """A page and its count come from the same moment."""
    file = SqliteFile(tmp_path / "x.db", (TABLE,))
    with file.reading() as reader:
        assert reader.execute("SELECT count(*) FROM t").fetchone() == (0,)
        with file.writing() as writer:
            writer.execute("INSERT INTO t VALUES (1, 'x')")
        assert reader.execute("SELECT count(*) FROM t").fetchone() == (0,)
    assert len(rows(file)) == 1
    file.close()


def test_writes_are_synchronous(tmp_path: Path) -> None:
    """A transaction is on the disk when it ends: write-ahead log with full synchronisation."""
    file = SqliteFile(tmp_path / "x.db", (TABLE,))
    with file.writing() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    file.close()


@pytest.mark.parametrize("count", [0, 1, 127, 128, 129, 300])
def test_any_number_of_rows_is_inserted(tmp_path: Path, count: int) -> None:
    """Rows go in whole, whatever their number is."""
    file = SqliteFile(tmp_path / "x.db", (TABLE,))
    with file.writing() as connection:
        insert_rows(connection, "INSERT INTO t VALUES", ((number, str(number)) for number in range(count)))
    assert rows(file) == [(number, str(number)) for number in range(count)]
    file.close()


def test_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    """A damaged file is an error that names it."""
    (tmp_path / "x.db").write_bytes(b"rubbish" * 1000)
    with pytest.raises(StoreUnavailable, match=r"x\.db"):
        SqliteFile(tmp_path / "x.db", (TABLE,))


def test_locked_file_is_unavailable(tmp_path: Path) -> None:
    """Another process that holds the file makes a write wait, and then fail as unavailable."""
    file = SqliteFile(tmp_path / "x.db", (TABLE,))
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    file._writer.execute("PRAGMA busy_timeout=50")
    with pytest.raises(StoreUnavailable, match="locked"), file.writing():
        pass
    other.close()
    file.close()

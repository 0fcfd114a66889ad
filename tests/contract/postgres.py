"""A PostgreSQL server of its own for the suites, where its programs are installed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
import pytest


@contextmanager
def server() -> Iterator[str]:
    """The address of a server that listens on a socket alone; skips where PostgreSQL is not installed."""
    if not (shutil.which("initdb") and shutil.which("pg_ctl")):
        pytest.skip("initdb and pg_ctl are not on PATH")
    # The server refuses to run as root.
    user = "nobody" if os.geteuid() == 0 else None
    with TemporaryDirectory(prefix="almenara-pg-") as name:
        folder = Path(name)
        if user:
            account = pwd.getpwnam(user)
            os.chown(folder, account.pw_uid, account.pw_gid)
        data = str(folder / "data")
        _run(user, "initdb", "-D", data, "-U", "almenara", "--auth=trust", "-E", "UTF8", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        _run(user, "pg_ctl", "-D", data, "-o", options, "-l", f"{data}/log", "-w", "start")
        try:
            yield f"postgresql://almenara@/postgres?host={folder}"
        finally:
            _run(user, "pg_ctl", "-D", data, "-m", "immediate", "stop")


def database(address: str) -> str:
    """The address of a new, empty database on the server."""
    name = f"t{uuid4().hex}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return address.replace("/postgres?", f"/{name}?")


def _run(user: str | None, *command: str) -> None:
    subprocess.run(
        command, check=True, user=user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )

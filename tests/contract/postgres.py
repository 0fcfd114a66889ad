"""A PostgreSQL server of its own in a container for the suites, with its data in memory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
from sqlalchemy import make_url
from tests.containers import DEADLINE_SECONDS, container, published

# Nothing has to survive the container.
FAST = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


@contextmanager
def server() -> Iterator[str]:
    """The address of a server on a free port; mark the test ``docker``."""
    password = uuid4().hex
    data = ("--tmpfs", "/var/lib/postgresql/data")
    options = (*data, "-p", "127.0.0.1::5432", "-e", f"POSTGRES_PASSWORD={password}")
    with container("postgres", "postgres", *FAST, options=options) as name:
        address = f"postgresql://postgres:{password}@{published(name, 5432)}/postgres"
        _wait_for(address)
        yield address


def database(address: str) -> str:
    """The address of a new, empty database on the server."""
    name = f"t{uuid4().hex}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return make_url(address).set(database=name).render_as_string(hide_password=False)


def _wait_for(address: str) -> None:
    """The image starts a server for its own set-up first, which does not listen on TCP."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            psycopg.connect(address, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)

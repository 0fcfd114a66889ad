"""The table of the outbox: one row for each event and destination.

Times are microseconds since the epoch. ``digest`` names the row of ``events`` that holds the event;
``mended`` holds what goes out in its place once a person has corrected it.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table

from almenara_platform.store.schema import metadata

_Name = String().with_variant(String(collation="C"), "postgresql")
_Serial = BigInteger().with_variant(Integer(), "sqlite")

outbox = Table(
    "outbox",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("destination", _Name, nullable=False),
    Column("digest", _Name, nullable=False),
    Column("lane", _Name, nullable=False),
    Column("event_type", _Name, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("phase", Integer, nullable=False),
    Column("event_time", BigInteger, nullable=False),
    Column("state", _Name, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("tried_at", BigInteger),
    Column("settled_at", BigInteger),
    Column("tries", Integer, nullable=False),
    Column("forwarded", Boolean, nullable=False),
    Column("reason", String),
    Column("mended", LargeBinary),
    Index("outbox_of_lane", "lane", "destination"),
)
Index(
    "outbox_waiting",
    outbox.c.destination,
    outbox.c.due_at,
    outbox.c.id,
    sqlite_where=outbox.c.state == "waiting",
    postgresql_where=outbox.c.state == "waiting",
)
Index(
    "outbox_dead",
    outbox.c.id,
    sqlite_where=outbox.c.state == "dead",
    postgresql_where=outbox.c.state == "dead",
)

"""What left the caller and has not arrived yet: a bounded queue in memory, a bounded spool on disk, a sender.

    put() -> queue in memory -> writer thread: encode -> segments on disk -> sender thread -> deliver()

A caller waits for none of it. What the disk holds outlives the process: the next one that sends to the same
destination adopts it. What is dropped is counted in `Losses` and told once.
"""

from __future__ import annotations

from almenara.spool.delivery import Deliver, Rejected, Unavailable
from almenara.spool.lane import Lane, Route
from almenara.spool.losses import Losses
from almenara.spool.outbox import Outbox
from almenara.spool.record import Record
from almenara.spool.spool import Limits, Spool

__all__ = [
    "Deliver",
    "Lane",
    "Limits",
    "Losses",
    "Outbox",
    "Record",
    "Rejected",
    "Route",
    "Spool",
    "Unavailable",
]

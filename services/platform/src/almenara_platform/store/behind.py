"""What transactions put off, because a killed process would find it again in the stored events."""

from __future__ import annotations

from sqlalchemy import Connection

from almenara_platform.lineage.ledger import progress
from almenara_platform.lineage.ledger.sightings import Sightings
from almenara_platform.store.arrivals import newest
from almenara_platform.store.dataset_rows import SeenDatasets

_MOST = 20_000


class WriteBehind:
    """When flows, schemas and datasets were last seen. Used by one writing transaction at a time."""

    def __init__(self) -> None:
        self.sightings = Sightings()
        self.datasets = SeenDatasets()
        self.stale = False
        """Whether events were committed since all was written."""

    def begin(self) -> None:
        """A transaction begins; what the one before left, which was not committed, is dropped."""
        self.sightings.begin()
        self.datasets.begin()

    def committed(self) -> None:
        """The open transaction is committed."""
        self.sightings.committed()
        self.datasets.committed()
        self.stale = True

    @property
    def much(self) -> bool:
        """Whether so much waits that it should be written now."""
        return len(self.sightings) + len(self.datasets) > _MOST

    def write(self, connection: Connection) -> None:
        """Write all that waits, and the event up to which that is; ``written`` follows the commit."""
        self.sightings.write(connection)
        self.datasets.write(connection)
        progress.put_values(connection, {progress.SEEN_UP_TO: newest(connection)})

    def written(self) -> None:
        """All that waited is committed."""
        self.sightings.written()
        self.datasets.written()
        self.stale = False


def recover(connection: Connection) -> None:
    """Let events be read again of which a process that was killed had put something off."""
    end, seen = newest(connection), progress.value(connection, progress.SEEN_UP_TO)
    if seen < end:
        done = progress.value(connection, progress.READ_UP_TO)
        unread = done < progress.value(connection, progress.TO_BE_READ)
        start = min(done, seen) if unread else seen
        progress.put_values(connection, {progress.READ_UP_TO: start, progress.TO_BE_READ: end})
    progress.put_values(connection, {progress.SEEN_UP_TO: end})


def events_deleted(connection: Connection) -> None:
    """Expect events with the numbers of those that are gone: SQLite gives them out again."""
    end = newest(connection)
    if end < progress.value(connection, progress.SEEN_UP_TO):
        progress.put_values(connection, {progress.SEEN_UP_TO: end})

"""The run ledger: every accepted run until its end, so that a worker's death loses none.

huey forgets a task when it hands it out. The ledger remembers: a worker claims a run and renews
its lease while it executes; a lease that runs out means that the worker died.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Double,
    Engine,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from worker_etl.exceptions import ClaimLostError, DuplicateKeyError
from worker_etl.queue import RunMessage
from worker_etl.warehouse import metadata

# A run is executed again once when its worker died; a run that kills two workers would kill a third.
MAX_ATTEMPTS = 2


class State(StrEnum):
    """Where an accepted run is; the last three are its ends."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    FAIL = "FAIL"
    ABORT = "ABORT"


run_ledger = Table(
    "run_ledger",
    metadata,
    Column("run_id", String(36), primary_key=True),
    Column("pipeline", String(200), nullable=False),
    Column("request", JSON, nullable=False),
    Column("context", JSON, nullable=False),
    Column("trace_id", String(32), nullable=False),
    Column("idempotency_key", String(255)),
    Column("body_hash", String(64), nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("worker", String(120), nullable=False),
    Column("lease_until", Double, nullable=False),
    Column("accepted_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("error", Text, nullable=False),
    UniqueConstraint("pipeline", "idempotency_key", name="uq_run_ledger_idempotency_key"),
    Index("ix_run_ledger_state", "state", "lease_until"),
)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A run as the API accepts it; `idempotency_key` is None when the caller gave none."""

    message: RunMessage
    trace_id: str
    body_hash: str = ""
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A run as the ledger knows it. Times are seconds since the epoch, UTC."""

    run_id: str
    pipeline: str
    request: dict[str, Any] = field(hash=False)
    context: dict[str, str] = field(hash=False)
    trace_id: str
    body_hash: str
    state: State
    attempts: int
    worker: str
    lease_until: float
    accepted_at: float
    changed_at: float
    error: str

    @property
    def message(self) -> RunMessage:
        """The message that puts this run into the queue again."""
        return RunMessage(self.run_id, self.pipeline, self.request, self.context)


class Ledger:
    """Accepted runs in the warehouse's database. Each change of state is one conditional UPDATE,
    so that of several workers exactly one makes it."""

    def __init__(self, engine: Engine, clock: Callable[[], float], lease_seconds: float) -> None:
        self._engine = engine
        self._clock = clock
        self.lease_seconds = lease_seconds

    def check(self) -> None:
        """Raise what the database raises when it cannot be reached."""
        with self._engine.connect() as connection:
            connection.execute(select(1))

    def accept(self, acceptance: Acceptance) -> None:
        """Write a new run down as QUEUED; raises DuplicateKeyError when its idempotency key is taken."""
        message, now = acceptance.message, self._clock()
        row = {
            "run_id": message.run_id,
            "pipeline": message.pipeline,
            "request": message.request,
            "context": message.context,
            "trace_id": acceptance.trace_id,
            "idempotency_key": acceptance.idempotency_key,
            "body_hash": acceptance.body_hash,
            "state": State.QUEUED,
            "attempts": 0,
            "worker": "",
            "lease_until": 0.0,
            "accepted_at": now,
            "changed_at": now,
            "error": "",
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(run_ledger).values(row))
        except IntegrityError as error:
            raise DuplicateKeyError(
                f"the idempotency key {acceptance.idempotency_key!r} was used before"
            ) from error

    def discard(self, run_id: str) -> None:
        """Forget a run that could not be enqueued, so that its key can be used again."""
        with self._engine.begin() as connection:
            connection.execute(
                run_ledger.delete().where(run_ledger.c.run_id == run_id, run_ledger.c.state == State.QUEUED)
            )

    def find(self, run_id: str) -> Entry | None:
        """Return the run, or None when the ledger never accepted it."""
        return self._one(run_ledger.c.run_id == run_id)

    def find_by_key(self, pipeline: str, idempotency_key: str) -> Entry | None:
        """Return the run that was accepted under the key, or None."""
        return self._one(run_ledger.c.pipeline == pipeline, run_ledger.c.idempotency_key == idempotency_key)

    def claim(self, run_id: str, worker: str) -> "Claim | None":
        """Take a QUEUED run for `worker`; None when it is not to be had (ended, or another has it)."""
        values = {
            "state": State.RUNNING,
            "worker": worker,
            "attempts": run_ledger.c.attempts + 1,
            "lease_until": self.lease_from_now(),
        }
        if not self._change(values, run_ledger.c.run_id == run_id, run_ledger.c.state == State.QUEUED):
            return None
        entry = self._one(run_ledger.c.run_id == run_id, run_ledger.c.worker == worker)
        return Claim(self, entry) if entry else None

    def running(self) -> list[Entry]:
        """Return the runs that are in the hands of a worker, living or dead."""
        return self._many(run_ledger.c.state == State.RUNNING)

    def has_expired(self, entry: Entry) -> bool:
        """Tell whether the lease has run out: the worker died, or cannot reach the ledger."""
        return entry.lease_until < self._clock()

    def stranded(self) -> list[Entry]:
        """Return the runs that have been QUEUED for longer than a lease."""
        limit = self._clock() - self.lease_seconds
        return self._many(run_ledger.c.state == State.QUEUED, run_ledger.c.changed_at < limit)

    def release(self, entry: Entry) -> bool:
        """Make a dead worker's run QUEUED again; False when another worker was faster."""
        return self._change({"state": State.QUEUED, "worker": ""}, *_held(entry), *_not_renewed(entry))

    def give_up(self, entry: Entry, reason: str) -> bool:
        """End a dead worker's run as ABORT; False when another worker was faster."""
        values = {"state": State.ABORT, "error": reason}
        return self._change(values, *_held(entry), *_not_renewed(entry))

    def touch(self, entry: Entry) -> bool:
        """Note that a stranded run was enqueued again; False when another worker was faster."""
        return self._change({}, *_held(entry), run_ledger.c.changed_at == entry.changed_at)

    def end(self, entry: Entry, state: State, error: str = "") -> bool:
        """Write the end of a run down; False when the run is no longer in the hands of the entry's worker."""
        return self._change({"state": state, "error": error}, *_held(entry))

    def renew(self, entry: Entry) -> bool:
        """Prolong the lease; False when the run was taken away."""
        return self._change({"lease_until": self.lease_from_now()}, *_held(entry))

    def lease_from_now(self) -> float:
        """Return when a lease that begins now runs out."""
        return self._clock() + self.lease_seconds

    def _change(self, values: dict[str, Any], *where: Any) -> bool:
        statement = update(run_ledger).where(*where).values(changed_at=self._clock(), **values)
        with self._engine.begin() as connection:
            return connection.execute(statement).rowcount == 1

    def _one(self, *where: Any) -> Entry | None:
        return next(iter(self._many(*where)), None)

    def _many(self, *where: Any) -> list[Entry]:
        with self._engine.connect() as connection:
            rows = connection.execute(select(run_ledger).where(*where).order_by(run_ledger.c.accepted_at))
            return [_entry(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Claim:
    """A run in the hands of one worker."""

    ledger: Ledger
    entry: Entry

    def renew(self) -> bool:
        """Prolong the lease; False when the run was taken away."""
        return self.ledger.renew(self.entry)

    def end(self, state: State, error: str = "") -> bool:
        """Write the run's end down; False when the run was taken away."""
        return self.ledger.end(self.entry, state, error)

    def guard(self, connection: Connection) -> None:
        """Lock and renew the claim in the connection's transaction; raises ClaimLostError when it is lost.

        A worker that was only asleep must not write after its successor has. The renewal counts from the
        commit on, however long the transaction kept the lease's own renewals waiting.
        """
        renewed = self.ledger.lease_from_now()
        held = update(run_ledger).where(*_held(self.entry)).values(lease_until=renewed)
        if connection.execute(held).rowcount != 1:
            raise ClaimLostError(f"run {self.entry.run_id} was taken over by another worker")


def _held(entry: Entry) -> tuple[Any, ...]:
    columns = run_ledger.c
    return (
        columns.run_id == entry.run_id,
        columns.state == entry.state,
        columns.attempts == entry.attempts,
        columns.worker == entry.worker,
    )


def _not_renewed(entry: Entry) -> tuple[Any, ...]:
    return (run_ledger.c.lease_until == entry.lease_until,)


def _entry(row: Row[Any]) -> Entry:
    values = {name: row._mapping[name] for name in Entry.__dataclass_fields__}
    return Entry(**values | {"state": State(values["state"])})

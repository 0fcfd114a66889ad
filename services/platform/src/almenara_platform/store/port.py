"""The port of the lineage store: raw events in, runs, pipelines and datasets out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from almenara_platform.lineage.ledger.port import LineageLedger
from almenara_platform.page import Page
from almenara_platform.runs.model import Dataset, Pipeline, Run, RunState
from almenara_platform.runs.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Which runs to list, newest first; None means any.

    ``brief`` leaves out stages, inputs and outputs, for who reads very many runs and needs none of them.
    ``run_ids`` are ids under which runs are kept, not those that emitters gave.
    """

    pipeline: str | None = None
    namespace: str | None = None
    state: RunState | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 50
    cursor: str | None = None
    brief: bool = False
    run_ids: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of the runs since a ``position``, for who keeps something of them.

    ``run_ids``: the runs that an event came for. ``lost``: nobody can say, any run may have changed, and no
    id is told.
    ``oldest``: what ended before it is gone; None where there is no run. The next question is asked with
    ``position``.
    """

    position: str
    run_ids: Sequence[str]
    lost: bool
    oldest: datetime | None


class LineageStore(Protocol):
    """Keeps what OpenLineage events say. Applying an event twice, late or out of order gives the same result.

    Every method may be called from any thread. Unreadable storage raises ``StoreUnavailable``;
    a cursor that this store did not give out raises ``BadCursor``.
    """

    @property
    def ledger(self) -> LineageLedger:
        """What the events said about the lineage graph."""

    def apply(self, events: Sequence[dict[str, Any]], received_at: datetime) -> None:
        """Store validated OpenLineage events and what follows from them, durably, in one transaction."""

    def run(self, run_id: str) -> Run | None:
        """The run with this id (or whose emitter called it so), or None."""

    def runs(self, query: RunQuery) -> Page[Run]:
        """Runs by start (or queue) time, newest first."""

    def changes(self, position: str = "") -> Changes:
        """What became of the runs since the ``position`` of an earlier answer, "" for who has none."""

    def pipelines(self, recent: int = 20) -> Sequence[Pipeline]:
        """Every pipeline by name, each with its ``recent`` newest runs."""

    def datasets(self, limit: int = 200, cursor: str | None = None) -> Page[Dataset]:
        """Datasets by namespace and name."""

    def events(self, run_id: str) -> Sequence[dict[str, Any]]:
        """The raw events of a run in the order of their arrival."""

    def outcomes(self) -> Sequence[Outcome]:
        """How runs ended, counted by pipeline name and outcome; zeros for what a known pipeline never did.

        The counts survive restarts and ``forget`` and never fall.
        """

    def last_successes(self) -> Mapping[str, datetime]:
        """When the last COMPLETE run of each pipeline ended, by name; pipelines without one are left out."""

    def last_failures(self) -> Mapping[str, datetime]:
        """As ``last_successes``, of runs that ended as FAIL or ABORT."""

    def read_again(self) -> int:
        """Let ``read_some`` begin with the oldest event still stored; returns how many it is to read."""

    def unread(self) -> int:
        """How many stored events the lineage graph has yet to read: older than it, or asked for again."""

    def read_some(self, most: int = 200) -> int:
        """Read up to ``most`` of the ``unread`` events into the graph, in one transaction; returns how many.

        Where it stopped is remembered with what it read, so that a kill costs nothing. What was in the graph
        before stays.
        """

    def silent_runs(self, now: datetime, awake_since: datetime) -> Sequence[Run]:
        """Unfinished runs that sent heartbeats and have by ``now`` missed too many of them.

        Silence is counted from the arrival of the last event, and from ``awake_since`` where that is later:
        nobody could be heard before.
        """

    def forget(self, before: datetime) -> int:
        """Remove runs and raw events that ended before this time; returns how many runs went."""

    def size_bytes(self) -> int:
        """Bytes that the stored data takes up."""

    def ping(self) -> None:
        """Raise ``StoreUnavailable`` unless the store can answer."""

    def write_behind(self) -> None:
        """Write what was put off because nothing is lost without it; to be called every few seconds."""

    def close(self) -> None:
        """Release connections and files."""

"""The state of a run as a fold of its events that does not depend on their order or repetition.

Every fact an event tells is a register that keeps the value with the greatest stamp (a last-writer-wins map),
and a few times are plain minima and maxima. Both merges are commutative, associative and idempotent, so any
arrival of the same set of events gives the same run, and one event is applied without reading the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import orjson

from almenara_platform.runs import facets
from almenara_platform.runs.datasets import RunDatasets
from almenara_platform.runs.event import SILENCE_FACET, RunEvent, Stamp
from almenara_platform.runs.model import RunState
from almenara_platform.runs.registers import (
    PARTS_OF_A_DATASET,
    Key,
    Registers,
    bounded,
    present,
    run_datasets,
)

_NEVER: Stamp = (0, 0, 0, 0, "")


@dataclass(slots=True, eq=False)
class RunFold:
    """What is known of one run: registers by key, and times by name (microseconds since the epoch).

    What all its events so far say of job and datasets, where it is the same, stays in one piece in ``_told``.
    """

    run_id: str
    registers: dict[Key, tuple[Stamp, Any]] = field(default_factory=dict)
    earliest: dict[str, int] = field(default_factory=dict)
    latest: dict[str, int] = field(default_factory=dict)
    _datasets: RunDatasets | None = None
    _told: Registers | None = None
    _told_at: Stamp = _NEVER
    _measured: bool = False

    def apply(self, event: RunEvent) -> None:
        """Learn what an event tells; an event that was applied before changes nothing."""
        if not event.silence:
            self._tell(event)
            self._apply_times(event)
            if event.measured:
                self._set(event.stamp, event.measured)
                self._measured, self._datasets = True, None
        self._set(event.stamp, _facts(event))

    def value(self, *key: str) -> Any:
        """The value of a register, None when nothing is known."""
        return self._register(key)[1]

    def attempt_of(self, *key: str) -> int | None:
        """The attempt that set a register."""
        stamp = self._register(key)[0]
        return stamp[0] if stamp else None

    @property
    def run_facets(self) -> dict[str, Any]:
        """The facets of the run, by name."""
        return {key[1]: value for key, (_, value) in self.registers.items() if key[0] == "run"}

    @property
    def datasets(self) -> RunDatasets:
        """The datasets that were read and written."""
        if self._told and not self._measured:
            return self._told.datasets
        if self._datasets is None:
            told = self._told.by_key.items() if self._told else ()
            self._datasets = run_datasets(chain(told, self.of_datasets))
        return self._datasets

    @property
    def of_datasets(self) -> list[tuple[Key, Any]]:
        """What is known of datasets beside what is told: measurements, where all events tell the same."""
        if self._told and not self._measured:
            return []
        return [(key, value) for key, (_, value) in self.registers.items() if len(key) == PARTS_OF_A_DATASET]

    @property
    def told(self) -> Registers | None:
        """What all its events say of job and datasets; None where they say different things."""
        return self._told

    def dump(self, with_told: bool = True) -> bytes:
        """The fold as bytes for ``load``, which has to be given what is ``told`` if it is not in them."""
        registers = [[key, stamp, value] for key, (stamp, value) in self.registers.items()]
        dumped: list[Any] = [self.run_id, registers, self.earliest, self.latest]
        if self._told and with_told:
            registers += [[key, self._told_at, value] for key, value in self._told.by_key.items()]
        elif self._told:
            dumped.append(self._told_at)
        return orjson.dumps(dumped)

    @classmethod
    def load(cls, dumped: bytes, told: Registers | None = None) -> RunFold:
        """The fold that ``dump`` wrote; ``told`` is what was left out."""
        run_id, registers, earliest, latest, *told_at = orjson.loads(dumped)
        fold = cls(run_id, {tuple(k): (tuple(s), v) for k, s, v in registers}, earliest, latest)
        if told_at:
            fold._told, fold._told_at = told, tuple(told_at[0])
            fold._measured = any(len(key) == PARTS_OF_A_DATASET for key in fold.registers)
        return fold

    def _register(self, key: Key) -> tuple[Stamp | None, Any]:
        known = self.registers.get(key)
        if known is None and self._told and key in self._told.by_key:
            return self._told_at, self._told.by_key[key]
        return known or (None, None)

    def _set(self, stamp: Stamp, told: Mapping[Key, Any]) -> None:
        registers = self.registers
        for key, value in told.items():
            known = registers.get(key)
            if known is None or stamp > known[0]:
                registers[key] = (stamp, value)

    def _tell(self, event: RunEvent) -> None:
        if self._told is event.registers or not self.registers:
            self._told, self._told_at = event.registers, max(self._told_at, event.stamp)
            return
        if self._told:
            self._set(self._told_at, self._told.by_key)
        self._set(event.stamp, event.registers.by_key)
        self._told, self._datasets = None, None

    def _apply_times(self, event: RunEvent) -> None:
        micros, state = event.stamp[2], event.state
        if micros > self.latest.get("event", micros - 1):
            self.latest["event"] = micros
        if state is RunState.QUEUED:
            name = "queued"
        elif state is RunState.START or state is RunState.RUNNING:
            name = f"started:{event.attempt}"
        else:
            return
        if micros < self.earliest.get(name, micros + 1):
            self.earliest[name] = micros


def _facts(event: RunEvent) -> dict[Key, Any]:
    found: dict[Key, Any] = {
        ("state",): {"state": event.state, "time": event.stamp[2], "silence": event.silence},
        ("job",): [event.namespace, event.pipeline, event.original_run_id],
    }
    if event.silence:
        return found
    found["producer",] = facets.text(event.body.get("producer"))
    if event.heartbeat_seconds is not None:
        found["heartbeat",] = event.heartbeat_seconds
    for name, facet in present(event.body["run"].get("facets")):
        if name != SILENCE_FACET:
            found["run", name] = bounded(facet)
    return found

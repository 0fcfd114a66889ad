"""The state of a run as a fold of its events that does not depend on their order or repetition.

Every fact an event tells is a register that keeps the value with the greatest stamp (a last-writer-wins map),
and a few times are plain minima and maxima. Both merges are commutative, associative and idempotent, so any
arrival of the same set of events gives the same run, and one event is applied without reading the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from almenara_platform.clock import to_micros
from almenara_platform.runs import facets
from almenara_platform.runs.datasets import RunDatasets
from almenara_platform.runs.event import SILENCE_FACET, RunEvent, Stamp
from almenara_platform.runs.model import RunState
from almenara_platform.runs.registers import Key, Registers, bounded, present, run_datasets


@dataclass(slots=True)
class RunFold:
    """What is known of one run: registers by key, and times by name (microseconds since the epoch)."""

    run_id: str
    registers: dict[Key, tuple[Stamp, Any]] = field(default_factory=dict)
    earliest: dict[str, int] = field(default_factory=dict)
    latest: dict[str, int] = field(default_factory=dict)
    _datasets: RunDatasets | None = field(default=None, repr=False, compare=False)
    _told: Registers | None = field(default=None, repr=False, compare=False)

    def apply(self, event: RunEvent) -> None:
        """Learn what an event tells; an event that was applied before changes nothing."""
        registers, stamp = self.registers, event.stamp
        self._tell_datasets(event)
        for key, value in _facts(event):
            known = registers.get(key)
            if known is None or stamp > known[0]:
                registers[key] = (stamp, value)
        self._apply_times(event)

    def value(self, *key: str) -> Any:
        """The value of a register, None when nothing is known."""
        found = self.registers.get(key)
        return None if found is None else found[1]

    def attempt_of(self, *key: str) -> int | None:
        """The attempt that set a register."""
        found = self.registers.get(key)
        return None if found is None else found[0][0]

    def facets(self, *prefix: str) -> dict[str, Any]:
        """All registers below a prefix by the last part of their key."""
        size = len(prefix) + 1
        return {
            key[-1]: v for key, (_, v) in self.registers.items() if len(key) == size and key[:-1] == prefix
        }

    @property
    def datasets(self) -> RunDatasets:
        """The datasets that were read and written."""
        if self._datasets is None:
            self._datasets = run_datasets((key, value) for key, (_, value) in self.registers.items())
        return self._datasets

    def dump(self) -> bytes:
        """The fold as bytes for ``load``."""
        registers = [[key, stamp, value] for key, (stamp, value) in self.registers.items()]
        return orjson.dumps([self.run_id, registers, self.earliest, self.latest])

    @classmethod
    def load(cls, dumped: bytes) -> RunFold:
        """The fold that ``dump`` wrote."""
        run_id, registers, earliest, latest = orjson.loads(dumped)
        return cls(run_id, {tuple(k): (tuple(s), v) for k, s, v in registers}, earliest, latest)

    def _tell_datasets(self, event: RunEvent) -> None:
        """Where all events say the same of datasets, what was made of it once is good for every run."""
        if event.silence:
            return
        new = not self.registers
        self._told = event.registers if new or self._told is event.registers else None
        self._datasets = self._told.datasets if self._told else None

    def _apply_times(self, event: RunEvent) -> None:
        if event.silence:
            return
        micros = to_micros(event.time)
        self.latest["event"] = max(micros, self.latest.get("event", micros))
        name = _time_name(event)
        if name:
            self.earliest[name] = min(micros, self.earliest.get(name, micros))


def _time_name(event: RunEvent) -> str | None:
    if event.state is RunState.QUEUED:
        return "queued"
    if event.state in (RunState.START, RunState.RUNNING):
        return f"started:{event.attempt}"
    return None


def _facts(event: RunEvent) -> Iterator[tuple[Key, Any]]:
    yield ("state",), {"state": event.state, "time": to_micros(event.time), "silence": event.silence}
    yield ("job",), [event.namespace, event.pipeline, event.original_run_id]
    if event.silence:
        return
    yield ("producer",), facets.text(event.body.get("producer"))
    if event.heartbeat_seconds is not None:
        yield ("heartbeat",), event.heartbeat_seconds
    for name, facet in present(event.body["run"].get("facets")):
        if name != SILENCE_FACET:
            yield ("run", name), bounded(facet)
    yield from event.registers.items

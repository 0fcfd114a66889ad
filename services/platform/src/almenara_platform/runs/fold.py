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
from almenara_platform.runs.event import SILENCE_FACET, RunEvent, Stamp
from almenara_platform.runs.model import RunState

Key = tuple[str, ...]
FACET_LIMIT_BYTES = 65_536
_JOB_FACETS = ("ownership", "documentation")
_DATASET_FACETS = (
    "schema",
    "dataQualityMetrics",
    "dataQualityAssertions",
    "inputStatistics",
    "outputStatistics",
)


@dataclass(slots=True)
class RunFold:
    """What is known of one run: registers by key, and times by name (microseconds since the epoch)."""

    run_id: str
    registers: dict[Key, tuple[Stamp, Any]] = field(default_factory=dict)
    earliest: dict[str, int] = field(default_factory=dict)
    latest: dict[str, int] = field(default_factory=dict)

    def apply(self, event: RunEvent) -> None:
        """Learn what an event tells; an event that was applied before changes nothing."""
        registers, stamp = self.registers, event.stamp
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

    def datasets(self, direction: str) -> list[tuple[str, str]]:
        """Namespace and name of the datasets that were read (``inputs``) or written (``outputs``), sorted."""
        return sorted({(key[1], key[2]) for key in self.registers if key[0] == direction})

    def dump(self) -> bytes:
        """The fold as bytes for ``load``."""
        registers = [[key, stamp, value] for key, (stamp, value) in self.registers.items()]
        return orjson.dumps([self.run_id, registers, self.earliest, self.latest])

    @classmethod
    def load(cls, dumped: bytes) -> RunFold:
        """The fold that ``dump`` wrote."""
        run_id, registers, earliest, latest = orjson.loads(dumped)
        return cls(run_id, {tuple(k): (tuple(s), v) for k, s, v in registers}, earliest, latest)

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
    for name, facet in _present(event.body["run"].get("facets")):
        if name != SILENCE_FACET:
            yield ("run", name), _bounded(facet)
    for name, facet in _present(event.body["job"].get("facets")):
        if name in _JOB_FACETS:
            yield ("job", name), _bounded(facet)
    for direction in ("inputs", "outputs"):
        for dataset in facets.items(event.body.get(direction)):
            yield from _dataset_facts(direction, dataset)


def _dataset_facts(direction: str, dataset: Any) -> Iterator[tuple[Key, Any]]:
    name = (direction, dataset["namespace"], dataset["name"])
    yield (*name, ""), None
    for group in ("facets", "inputFacets", "outputFacets"):
        for facet_name, facet in facets.mapping(dataset.get(group)).items():
            if facet_name in _DATASET_FACETS and isinstance(facet, dict):
                yield (*name, facet_name), facet


def _present(value: Any) -> Iterator[tuple[str, Any]]:
    return ((name, facet) for name, facet in facets.mapping(value).items() if isinstance(facet, dict))


def _bounded(facet: dict[str, Any]) -> dict[str, Any]:
    size = len(orjson.dumps(facet))
    return facet if size <= FACET_LIMIT_BYTES else {"omitted": f"{size} bytes; see the run's raw events"}

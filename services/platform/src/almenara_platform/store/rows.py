"""Models as rows of the lineage store and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from itertools import chain
from operator import attrgetter
from typing import Any

import orjson

from almenara_platform.clock import from_micros, to_micros
from almenara_platform.runs.datasets import RunDatasets
from almenara_platform.runs.fold import RunFold
from almenara_platform.runs.model import (
    Column,
    Dataset,
    DatasetRef,
    QualityResult,
    Run,
    RunError,
    RunState,
    Stage,
)
from almenara_platform.runs.registers import Registers, run_datasets

_SHOWN = [each.name for each in fields(Run) if each.name not in ("inputs", "outputs", "facets")]
_VALUES = attrgetter(*_SHOWN)
_TIMES = ("queued_at", "started_at", "ended_at", "last_event_at")
_LISTS = ("stages", "inputs", "outputs")
# Calling the enumeration looks each of them up at ten times the price.
_STATES = {state.value: state for state in RunState}


def run_row(run: Run, fold: RunFold, heard_at: int, shared: str | None) -> dict[str, Any]:
    """A run as a row of ``runs``; what is kept under ``shared`` is left out."""
    listed_at = run.listed_at
    aged_at = run.ended_at or run.last_event_at or listed_at
    return {
        "run_id": run.run_id,
        "namespace": run.namespace,
        "pipeline": run.pipeline,
        "state": run.state.value,
        "listed_at": to_micros(listed_at),
        "ended_at": None if run.ended_at is None else to_micros(run.ended_at),
        "aged_at": to_micros(aged_at),
        "heard_at": heard_at,
        "awaited_seconds": None if run.state.final else fold.value("heartbeat"),
        "original_run_id": run.original_run_id,
        "document": _document(run, _beside_shared(fold) if shared else fold.datasets.packed),
        "fold": fold.dump(with_told=shared is None),
        "shared": shared,
    }


def _document(run: Run, datasets: Mapping[str, Any]) -> bytes:
    return orjson.dumps({**dict(zip(_SHOWN, _VALUES(run), strict=True)), **datasets, "facets": {}})


def _beside_shared(fold: RunFold) -> dict[str, Any]:
    measured = fold.of_datasets
    return {"measured": measured} if measured else {}


def _datasets(told: Registers, measured: Sequence[tuple[list[str], Any]]) -> RunDatasets:
    if not measured:
        return told.datasets
    return run_datasets(chain(told.by_key.items(), ((tuple(key), value) for key, value in measured)))


def read_run(document: bytes, told: Registers | None = None, brief: bool = False) -> Run:
    """The run in a document, without its facets; ``brief``: without stages, inputs and outputs as well.

    ``told`` is what was left out of it.
    """
    values = orjson.loads(document)
    measured = values.pop("measured", ())
    datasets = None if brief or told is None else _datasets(told, measured)
    if brief:
        values.update(dict.fromkeys(_LISTS, ()))
    for name in _TIMES:
        values[name] = _time(values[name])
    values["state"] = _STATES[values["state"]]
    values["stages"] = tuple(map(_stage, values["stages"]))
    values["inputs"] = datasets.inputs if datasets else tuple(map(_dataset_ref, values.get("inputs", ())))
    values["outputs"] = datasets.outputs if datasets else tuple(map(_dataset_ref, values.get("outputs", ())))
    values["quality"] = tuple(QualityResult(**item) for item in values["quality"])
    values["error"] = _error(values["error"])
    return Run(**values)


def read_dataset(row: Mapping[str, Any], produced_by: list[str], consumed_by: list[str]) -> Dataset:
    """A row of ``datasets``."""
    return Dataset(
        namespace=row["namespace"],
        name=row["name"],
        schema=_columns(orjson.loads(row["schema"])) if row["schema"] else (),
        first_seen=from_micros(row["first_seen"]),
        last_seen=from_micros(row["last_seen"]),
        last_run_id=row["run_id"],
        produced_by=tuple(sorted(produced_by)),
        consumed_by=tuple(sorted(consumed_by)),
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _stage(values: dict[str, Any]) -> Stage:
    return Stage(
        name=values["name"],
        state=_STATES[values["state"]],
        started_at=_time(values["started_at"]),
        duration_seconds=values["duration_seconds"],
        records=values["records"],
        error=_error(values["error"]),
    )


def _dataset_ref(values: dict[str, Any]) -> DatasetRef:
    return DatasetRef(**(values | {"schema": _columns(values["schema"])}))


def _columns(values: list[dict[str, Any]]) -> tuple[Column, ...]:
    return tuple(Column(**item) for item in values)


def _error(values: dict[str, Any] | None) -> RunError | None:
    return None if values is None else RunError(**values)

"""Facets of OpenLineage read with care: whatever an emitter sends gives a value of the model or nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from almenara_platform.clock import parse_time
from almenara_platform.runs.model import Column, QualityResult, RunError, RunState, Stage

_REMEMBERED_BYTES = 16_384
_TRACE_ID = re.compile(r"[0-9a-f]{32}")


def mapping(value: Any) -> Mapping[str, Any]:
    """``value`` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def standing(value: Any) -> Mapping[str, Any]:
    """The facets in ``value``; those that their emitter deleted are empty, and so replace what they told."""
    found = mapping(value)
    if not any(isinstance(facet, dict) and facet.get("_deleted") is True for facet in found.values()):
        return found
    return {name: {} if mapping(facet).get("_deleted") is True else facet for name, facet in found.items()}


def items(value: Any) -> Iterator[Mapping[str, Any]]:
    """The objects in ``value`` if it is a list."""
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def text(value: Any) -> str | None:
    """``value`` if it is a text that is not empty."""
    return value if isinstance(value, str) and value else None


def number(value: Any) -> float | None:
    """``value`` as a finite float."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)


def count(value: Any) -> int | None:
    """``value`` as a whole number from 0 to 2**63 - 1."""
    as_float = number(value)
    return int(value) if as_float is not None and 0 <= as_float < 2**63 else None


def moment(value: Any) -> datetime | None:
    """``value`` as a time in UTC."""
    try:
        return parse_time(value)
    except ValueError:
        return None


def trace_id(facet: Mapping[str, Any]) -> str | None:
    """The trace of a run, from its ``almenara_trace`` facet."""
    found = text(facet.get("traceId"))
    return found.lower() if found and _TRACE_ID.fullmatch(found.lower()) else None


def error(facet: Mapping[str, Any]) -> RunError | None:
    """Why a run failed, from its ``errorMessage`` facet."""
    message = text(facet.get("message"))
    stack = text(facet.get("stackTrace"))
    if message is None and stack is None:
        return None
    return RunError(type=text(facet.get("errorType")), message=message or "", stack=stack)


def stage_error(value: Any) -> RunError | None:
    """Why a stage failed."""
    found = mapping(value)
    if not found:
        return None
    return RunError(text(found.get("type")), text(found.get("message")) or "", text(found.get("stack")))


def stages(facet: Mapping[str, Any]) -> tuple[Stage, ...]:
    """The stages of an ``almenara_run`` facet, in their order."""
    return tuple(_stage(item) for item in items(facet.get("stages")) if text(item.get("name")))


def _stage(item: Mapping[str, Any]) -> Stage:
    state = item.get("state")
    return Stage(
        name=item["name"],
        state=RunState(state) if state in RunState.__members__ else RunState.RUNNING,
        started_at=moment(item.get("startedAt")),
        duration_seconds=number(item.get("durationSeconds")),
        records=count(item.get("records")),
        error=stage_error(item.get("error")),
    )


def quality(facet: Mapping[str, Any]) -> tuple[QualityResult, ...]:
    """The quality measurements of an ``almenara_run`` facet."""
    return tuple(
        QualityResult(
            table=text(item.get("table")) or "",
            check=item["check"],
            column=text(item.get("column")),
            value=number(item.get("value")),
            passed=item["passed"] if isinstance(item.get("passed"), bool) else None,
        )
        for item in items(facet.get("quality"))
        if text(item.get("check"))
    )


def metrics(table: str, facet: Mapping[str, Any]) -> Iterator[QualityResult]:
    """Quality measurements from a standard ``dataQualityMetrics`` facet."""
    rows = count(facet.get("rowCount"))
    if rows is not None:
        yield QualityResult(table, "row_count", None, float(rows))
    for column, values in sorted(mapping(facet.get("columnMetrics")).items()):
        nulls = count(mapping(values).get("nullCount"))
        if rows and nulls is not None:
            yield QualityResult(table, "null_percentage", column, 100.0 * nulls / rows)


def assertions(table: str, facet: Mapping[str, Any]) -> Iterator[QualityResult]:
    """Quality checks from a standard ``dataQualityAssertions`` facet."""
    for item in items(facet.get("assertions")):
        if text(item.get("assertion")) and isinstance(item.get("success"), bool):
            yield QualityResult(table, item["assertion"], text(item.get("column")), None, item["success"])


def columns(facet: Mapping[str, Any]) -> tuple[Column, ...]:
    """The columns of a ``schema`` facet."""
    fields = orjson.dumps(facet.get("fields"))
    return _known_columns(fields) if len(fields) <= _REMEMBERED_BYTES else _columns(fields)


@lru_cache(maxsize=4096)
def _known_columns(fields: bytes) -> tuple[Column, ...]:
    # Every event of a pipeline tells the same schemas.
    return _columns(fields)


def _columns(fields: bytes) -> tuple[Column, ...]:
    return tuple(
        Column(item["name"], text(item.get("type")), text(item.get("description")))
        for item in items(orjson.loads(fields))
        if text(item.get("name"))
    )


def owners(facet: Mapping[str, Any]) -> str | None:
    """The owners of an ``ownership`` facet, with commas between them."""
    names = [item["name"] for item in items(facet.get("owners")) if text(item.get("name"))]
    return ", ".join(names) or None

"""What runs at this moment: the run and stage that logs and spans belong to.

The scope is kept in the OpenTelemetry context, so that whatever carries a span to another task or thread
carries the scope as well.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from opentelemetry import context as otel
from opentelemetry.context import Context

_KEY = otel.create_key("almenara-scope")


@dataclass(frozen=True, slots=True)
class Scope:
    """The names of a run, and of a stage in it; "" outside of them."""

    namespace: str = ""
    pipeline: str = ""
    stage: str = ""
    run_id: str = ""
    span_attributes: dict[str, str] = field(default_factory=dict)


NO_SCOPE = Scope()


def run_scope(namespace: str, pipeline: str, run_id: str) -> Scope:
    """The scope of a run outside of its stages."""
    return Scope(namespace, pipeline, "", run_id, span_attributes(namespace, pipeline, run_id))


def stage_scope(run: Scope, stage: str) -> Scope:
    """The scope of a stage of ``run``."""
    return Scope(run.namespace, run.pipeline, stage, run.run_id, run.span_attributes)


def span_attributes(namespace: str, pipeline: str, run_id: str) -> dict[str, str]:
    """What every span of a run is found by."""
    return {
        "openlineage.run_id": run_id,
        "openlineage.job.namespace": namespace,
        "openlineage.job.name": pipeline,
    }


def current_scope(context: Context | None = None) -> Scope:
    """The scope in ``context`` (default: the current one), NO_SCOPE outside of a run."""
    values = otel.get_current() if context is None else context
    return cast("Scope", values.get(_KEY, NO_SCOPE))


def with_scope(scope: Scope, context: Context | None = None) -> Context:
    """``context`` (default: the current one) with ``scope`` in it."""
    return otel.set_value(_KEY, scope, context)

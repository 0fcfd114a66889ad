"""Recording rules that carry config/pipelines.yaml into Prometheus, for the alert rules to compare with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from almenara_platform.slo.pipelines import NO_DEFAULT, PipelineConfig, WatchedPipeline
from almenara_platform.slo.rules import Group, Rule

KNOWN = "pipeline:known:info"
TEAM = "pipeline:team:info"
ENABLED = "pipeline:enabled:info"
THRESHOLD = "pipeline:alert:threshold"
QUEUE_THRESHOLD = "queue:alert:threshold"


def threshold_groups(config: PipelineConfig) -> list[Group]:
    """One group: the known and the enabled pipelines, and every threshold with the team that is told."""
    rules = [
        _known(),
        *_teams(config),
        *_enabled(config),
        *_configured(config),
        *_defaults(config),
        *_queues(config),
    ]
    return [{"name": "thresholds", "rules": rules}]


def _known() -> Rule:
    metrics = ("pipeline_runs_total", "active_jobs", "data_quality_score")
    return {"record": KNOWN, "expr": "\nor\n".join(f"group by (pipeline) ({metric})" for metric in metrics)}


def _value(record: str, value: float, **labels: str) -> Rule:
    return {"record": record, "expr": f"vector({value:.12g})", "labels": dict(sorted(labels.items()))}


def _watched(config: PipelineConfig) -> list[WatchedPipeline]:
    return [config.pipelines[name] for name in sorted(config.pipelines)]


def _enabled(config: PipelineConfig) -> list[Rule]:
    return [
        _value(ENABLED, 1, pipeline=pipeline.name, team=pipeline.team)
        for pipeline in _watched(config)
        if pipeline.enabled
    ]


def _configured(config: PipelineConfig) -> Iterator[Rule]:
    for pipeline in _watched(config):
        for name in sorted(pipeline.thresholds):
            if pipeline.enabled or name not in NO_DEFAULT:
                value = pipeline.thresholds[name]
                yield _value(THRESHOLD, value, pipeline=pipeline.name, team=pipeline.team, threshold=name)


def _others(config: PipelineConfig) -> str:
    return KNOWN + _unless_named("pipeline", config.pipelines)


def _unless_named(label: str, names: Iterable[str]) -> str:
    """A matcher for all but these values of a label; nothing where there are none."""
    named = "|".join(_literally(name) for name in sorted(names))
    return f'{{{label}!~"{named}"}}' if named else ""


def _literally(name: str) -> str:
    """A regular expression for this name alone, as it is written in a PromQL string."""
    return re.escape(name).replace("\\", r"\\").replace('"', r"\"")


def _teams(config: PipelineConfig) -> list[Rule]:
    named = [_value(TEAM, 1, pipeline=each.name, team=each.team) for each in _watched(config)]
    return [*named, {"record": TEAM, "expr": _others(config), "labels": {"team": config.team}}]


def _defaults(config: PipelineConfig) -> Iterator[Rule]:
    for name in sorted(config.defaults):
        yield {
            "record": THRESHOLD,
            "expr": f"{_others(config)} * {config.defaults[name]:.12g}",
            "labels": {"team": config.team, "threshold": name},
        }


def _queues(config: PipelineConfig) -> Iterator[Rule]:
    for name in sorted(config.queues):
        queue = config.queues[name]
        yield _value(
            QUEUE_THRESHOLD, queue.max_size, queue_name=name, pipeline=queue.pipeline, team=queue.team
        )
    if config.max_queue_size is not None:
        # Whose a queue is that nobody named is not known: its own name stands for the pipeline.
        others = f"group by (queue_name) (queue_size{_unless_named('queue_name', config.queues)})"
        named = f'label_replace({others}, "pipeline", "$1", "queue_name", "(.*)")'
        expr = f"{named} * {config.max_queue_size:.12g}"
        yield {"record": QUEUE_THRESHOLD, "expr": expr, "labels": {"team": config.team}}

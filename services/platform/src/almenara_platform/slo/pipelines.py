"""config/pipelines.yaml: which pipelines are watched, whose they are, and their thresholds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from almenara_platform.slo.errors import Fault, InvalidSpec
from almenara_platform.slo.node import Node, read_documents

THRESHOLDS: dict[str, Callable[[Node], float]] = {
    "error_percentage": lambda node: node.between(0, 100),
    "latency_p99": lambda node: _under_largest_bucket(node),
    "max_age": Node.seconds,
    "quality_score": lambda node: node.between(0, 100),
    "null_percentage": lambda node: node.between(0, 100),
    "duplicates": lambda node: node.between(0, 1e18, "must be 0 or more"),
    "volume_low": lambda node: node.between(0, 1),
    "volume_high": lambda node: node.between(1, 1e9, "must be 1 or more"),
}
NO_DEFAULT = ("max_age",)


LARGEST_STAGE_BUCKET = 120
"""Seconds; a quantile of processing_duration_seconds never reads more than this."""


@dataclass(frozen=True, slots=True)
class WatchedPipeline:
    """One pipeline of the file; durations in seconds, percentages 0-100."""

    name: str
    team: str
    enabled: bool
    thresholds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue and how many entries are too many; ``pipeline`` is whose runs wait in it."""

    name: str
    pipeline: str
    team: str
    max_size: float


@dataclass(frozen=True, slots=True)
class PipelineConfig:
    """The whole file. ``defaults`` hold for every pipeline that the file does not name.

    ``max_queue_size`` is of every queue that it does not name; None: nobody watches those.
    """

    team: str
    defaults: Mapping[str, float]
    pipelines: Mapping[str, WatchedPipeline] = field(default_factory=dict)
    queues: Mapping[str, Queue] = field(default_factory=dict)
    max_queue_size: float | None = None

    def enabled(self, pipeline: str) -> bool:
        """Whether its alerts may fire; a pipeline that the file does not name is enabled."""
        known = self.pipelines.get(pipeline)
        return known is None or known.enabled

    def team_of(self, pipeline: str) -> str:
        """The team that answers for a pipeline."""
        known = self.pipelines.get(pipeline)
        return known.team if known else self.team


NO_PIPELINES = PipelineConfig(team="", defaults={})
"""Nothing is configured: every pipeline counts as enabled."""


def load_pipelines(path: Path) -> PipelineConfig:
    """Read the file; raises InvalidSpec with file, line and field."""
    documents = read_documents(path)
    if len(documents) != 1:
        raise InvalidSpec([Fault(path, 1, "", "must hold exactly one mapping with defaults and pipelines")])
    root = documents[0].mapping(("defaults", "queues", "pipelines"))
    base = root["defaults"].mapping(("team", "max_queue_size", "thresholds"))
    team, defaults = base["team"].name(), _defaults(base["thresholds"])
    return PipelineConfig(
        team=team,
        defaults=defaults,
        pipelines=_named(root, "pipelines", lambda node, name: _pipeline(node, name, team, defaults)),
        queues=_named(root, "queues", lambda node, name: _queue(node, name, team)),
        max_queue_size=base.optional("max_queue_size", _entries, None),
    )


def _under_largest_bucket(node: Node) -> float:
    if node.seconds() >= LARGEST_STAGE_BUCKET:
        node.fail("must be under 2m, the largest bucket of stage durations, or the alert could never fire")
    return node.seconds()


def _named(root: Node, key: str, read: Callable[[Node, str], object]) -> dict:
    if key not in root:
        return {}
    return {name: read(root[key][name], name) for name in root[key].names()}


def _thresholds(node: Node) -> dict[str, float]:
    node.mapping(tuple(THRESHOLDS))
    return {name: float(THRESHOLDS[name](node[name])) for name in node.names()}


def _defaults(node: Node) -> dict[str, float]:
    found = _thresholds(node)
    missing = [name for name in THRESHOLDS if name not in found and name not in NO_DEFAULT]
    if missing:
        node.fail(f"defaults are missing for {', '.join(missing)}")
    return found


def _pipeline(node: Node, name: str, team: str, defaults: Mapping[str, float]) -> WatchedPipeline:
    node.mapping(("enabled", "team", "thresholds"))
    return WatchedPipeline(
        name=name,
        team=node.optional("team", Node.name, team),
        enabled=node.optional("enabled", Node.flag, True),
        thresholds={**defaults, **node.optional("thresholds", _thresholds, {})},
    )


def _queue(node: Node, name: str, team: str) -> Queue:
    node.mapping(("pipeline", "team", "max_size"))
    return Queue(
        name=name,
        pipeline=node["pipeline"].name(),
        team=node.optional("team", Node.name, team),
        max_size=_entries(node["max_size"]),
    )


def _entries(node: Node) -> float:
    return node.between(0, 1e18, "must be 0 or more")

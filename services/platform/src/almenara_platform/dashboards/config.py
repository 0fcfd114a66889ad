"""What dashboards take from the repository's configuration: objectives, thresholds, memory limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import yaml

from almenara_platform.slo.load import load_slos
from almenara_platform.slo.model import Slo
from almenara_platform.slo.pipelines import PipelineConfig, load_pipelines
from almenara_platform.slo.sli import Freshness, LatencyThreshold, QualityThreshold, RunRatio

S = TypeVar("S")
_LONGEST_SECONDS = 400 * 86_400
_SIZE = re.compile(r"(\d+)([kmg])")
_FACTORS = {"k": 2**10, "m": 2**20, "g": 2**30}


@dataclass(frozen=True, slots=True)
class Config:
    """Thresholds hold for several pipelines at once, so each is the strictest that a watched one has."""

    slos: tuple[Slo, ...]
    pipelines: PipelineConfig
    memory_limits: Mapping[str, int]

    @property
    def good_runs(self) -> float:
        """The share of runs, 0-1, that is promised to be good; all of them when nothing is promised."""
        kinds = (RunRatio, LatencyThreshold)
        promised = [slo.objective for slo in self.slos if isinstance(slo.sli, kinds) and self._watched(slo)]
        return round(max(promised, default=100) / 100, 10)

    @property
    def run_seconds(self) -> float:
        """How long a run may take; the largest bucket of its histogram when nothing is promised."""
        return min((sli.threshold for sli in self._slis(LatencyThreshold)), default=4 * 3600)

    @property
    def age_seconds(self) -> float:
        """How old the last complete run may be; a day when nothing is promised."""
        return min((sli.max_age for sli in self._slis(Freshness)), default=86_400)

    @property
    def score(self) -> float:
        """The quality score, 0-100, that is promised; else the one that alerts."""
        least = self.threshold("quality_score")
        return max((sli.minimum for sli in self._slis(QualityThreshold)), default=least)

    def threshold(self, name: str) -> float:
        """A threshold of config/pipelines.yaml, for pipelines that the file does not name."""
        return self.pipelines.defaults[name]

    @property
    def queue_size(self) -> float:
        """How many entries in a queue are too many; 10,000 when no queue is configured."""
        return min((queue.max_size for queue in self.pipelines.queues.values()), default=10_000)

    def _slis(self, kind: type[S]) -> list[S]:
        return [slo.sli for slo in self.slos if isinstance(slo.sli, kind) and self._watched(slo)]

    def _watched(self, slo: Slo) -> bool:
        return self.pipelines.enabled(slo.pipeline)


def read_config(root: Path) -> Config:
    """The configuration in a checkout; raises ``InvalidSpec`` with file, line and field."""
    compose = yaml.safe_load((root / "docker-compose.yml").read_text(encoding="utf-8"))
    limits = {name: _bytes(service["mem_limit"]) for name, service in compose["services"].items()}
    slos = load_slos([root / "config/slos"], _LONGEST_SECONDS)
    return Config(tuple(slos), load_pipelines(root / "config/pipelines.yaml"), limits)


def _bytes(size: str) -> int:
    found = _SIZE.fullmatch(size)
    if not found:
        raise ValueError(f"docker-compose.yml: mem_limit {size!r} is not a number with k, m or g")
    return int(found[1]) * _FACTORS[found[2]]

"""The buckets of run durations: a latency objective can only be counted at one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from almenara_platform.slo.duration import format_duration
from almenara_platform.slo.errors import Fault, InvalidSpec
from almenara_platform.slo.model import Slo
from almenara_platform.slo.node import read_documents
from almenara_platform.slo.sli import LatencyThreshold

METRIC = "pipeline_run_duration_seconds"


def run_buckets(telemetry: Path) -> list[float]:
    """The bucket bounds, in seconds, that config/telemetry.yaml declares for run durations."""
    for document in read_documents(telemetry):
        for metric in document["metrics"].items():
            if metric["name"].text() == METRIC:
                return [bound.number() for bound in metric["buckets"].items()]
    raise InvalidSpec([Fault(telemetry, 1, "metrics", f"{METRIC} is not declared")])


def check_buckets(slos: Iterable[Slo], buckets: Sequence[float]) -> None:
    """Raise InvalidSpec for latency thresholds between two buckets, where Prometheus could only guess."""
    faults = [
        Fault(slo.origin.path, slo.origin.line, "sli.latency.threshold", _message(slo.sli.threshold, buckets))
        for slo in slos
        if isinstance(slo.sli, LatencyThreshold) and slo.sli.threshold not in buckets
    ]
    if faults:
        raise InvalidSpec(faults)


def _message(threshold: int, buckets: Sequence[float]) -> str:
    near = sorted(sorted(buckets, key=lambda bound: abs(bound - threshold))[:2])
    choices = " or ".join(format_duration(bound) for bound in near)
    return (
        f"{METRIC} has no bucket at {format_duration(threshold)}; choose {choices}, "
        "or add a bucket to config/telemetry.yaml"
    )

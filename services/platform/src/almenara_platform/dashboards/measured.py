"""What stages measure, as PromQL of the chosen environments.

A metric has no label for its environment: `target_info` of the same process names it. Recorded series add up
all environments, because alerts compare them by pipeline, so these expressions start from what was scraped.
They follow prometheus/rules/pipelines.yml: with every environment chosen they give what is recorded there.
"""

from __future__ import annotations

from almenara_platform.dashboards.variables import IN_ENVIRONMENT

OVER = "[5m]"
BY_STAGE = "pipeline, stage"


def active_jobs(matchers: str) -> str:
    """Runs in progress, by pipeline."""
    return f"sum by (pipeline) (active_jobs{{{matchers}}} {IN_ENVIRONMENT})"


def waiting() -> str:
    """Entries that wait, by queue."""
    return f"avg by (queue_name) (avg_over_time(queue_size{OVER}) {IN_ENVIRONMENT})"


def processed(matchers: str) -> str:
    """Records a second, by stage."""
    return _per_second("events_processed_total", matchers)


def throughput(matchers: str) -> str:
    """Records a second, by pipeline: each stage sees the same records, so the busiest stage counts."""
    return f"max by (pipeline) ({processed(matchers)})"


def failed(matchers: str) -> str:
    """Exceptions a second, by stage."""
    return _per_second("errors_total", matchers)


def stage_error_share(matchers: str) -> str:
    """Share of what a stage processed that failed; a stage that fails before its first record counts 1."""
    return _share(failed(matchers), processed(matchers))


def error_share(matchers: str) -> str:
    """Share of what a pipeline processed that failed."""
    return _share(_of_pipeline(failed(matchers)), _of_pipeline(processed(matchers)))


def stage_seconds(share: float, matchers: str, by: str = "pipeline") -> str:
    """How long this share of the stages takes at most; nothing where none ended."""
    rates = _rate("processing_duration_seconds_bucket", matchers)
    return f"histogram_quantile({share}, sum by ({by}, le) ({rates})) >= 0"


def _share(errors: str, all_of_it: str) -> str:
    # Never divided by less than the errors themselves, nor by nothing.
    attempts = f"({all_of_it} > {errors} or {errors})"
    return f"{errors} / ({attempts} > 0) or 0 * {all_of_it} or 0 * {errors}"


def _of_pipeline(by_stage: str) -> str:
    return f"sum by (pipeline) ({by_stage})"


def _per_second(metric: str, matchers: str) -> str:
    return f"sum by ({BY_STAGE}) ({_rate(metric, matchers)})"


def _rate(metric: str, matchers: str) -> str:
    return f"rate({metric}{{{matchers}}}{OVER}) {IN_ENVIRONMENT}"

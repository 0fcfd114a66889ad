"""The PromQL of each kind of SLI: an error ratio (0-1) over one window, never NaN.

Counters are summed before they are divided, and nothing happened means nothing went wrong: 0 / 0 is 0 here.
"""

from __future__ import annotations

from functools import singledispatch

from almenara_platform.promql.library import quoted
from almenara_platform.slo.model import ALL_PIPELINES, Slo
from almenara_platform.slo.query import with_window
from almenara_platform.slo.sli import (
    EventRatio,
    Freshness,
    LatencyThreshold,
    QualityThreshold,
    RawQuery,
    RunRatio,
    Sli,
)

OK_RECORD = "slo:sli_ok:bool"


def error_ratio(slo: Slo, window: str) -> str:
    """The share of bad events, runs or time in the last ``window`` (a Prometheus duration)."""
    return _error_ratio(slo.sli, slo, window)


def ok_state(slo: Slo) -> str:
    """For SLIs that are true or false at any moment: PromQL that is 1 while good, 0 while bad; else empty."""
    return _ok_state(slo.sli, slo)


def counted_runs(slo: Slo, window: str) -> str:
    """PromQL of how many runs the error ratio of ``window`` stands on; empty for SLIs that count none."""
    if isinstance(slo.sli, RunRatio):
        return _known_runs(slo, "pipeline_runs_total", window)
    if isinstance(slo.sli, LatencyThreshold):
        return _known_runs(slo, "pipeline_run_duration_seconds_count", window)
    return ""


def _known_runs(slo: Slo, metric: str, window: str) -> str:
    # In the first minutes increase() tells more than there ever were, as it extrapolates to a whole scrape.
    return f"clamp_max({_runs(slo, metric, window)}, scalar(sum({_series(slo, metric)})))"


@singledispatch
def _error_ratio(sli: Sli, slo: Slo, window: str) -> str:
    raise TypeError(f"no PromQL for {type(sli).__name__}")


@_error_ratio.register
def _(sli: EventRatio, slo: Slo, window: str) -> str:
    bad, total = with_window(sli.error_query, window), with_window(sli.total_query, window)
    # What fails before it is counted is in no total: where only failures are seen, all of it failed.
    return f"clamp_max(({bad}) / (({total}) > 0), 1)\nor\n(({bad}) > bool 0)\nor\n0 * ({total})"


@_error_ratio.register
def _(sli: RawQuery, slo: Slo, window: str) -> str:
    # A comparison with NaN is false, so that what the query cannot say is left out.
    return f"({with_window(sli.error_ratio_query, window)}) >= 0"


@_error_ratio.register
def _(sli: RunRatio, slo: Slo, window: str) -> str:
    bad = _runs(slo, "pipeline_runs_total", window, 'outcome!="complete"')
    total = _runs(slo, "pipeline_runs_total", window)
    return f"({bad} / ({total} > 0))\nor\n0 * {total}"


@_error_ratio.register
def _(sli: LatencyThreshold, slo: Slo, window: str) -> str:
    bucket = f'outcome="complete",le="{float(sli.threshold)}"'
    good = _runs(slo, "pipeline_run_duration_seconds_bucket", window, bucket)
    total = _runs(slo, "pipeline_run_duration_seconds_count", window)
    return f"clamp_min(1 - ({good} or 0 * {total}) / ({total} > 0), 0)\nor\n0 * {total}"


@_error_ratio.register(Freshness)
@_error_ratio.register(QualityThreshold)
def _(sli: Freshness | QualityThreshold, slo: Slo, window: str) -> str:
    return f'1 - avg_over_time({OK_RECORD}{{slo_id="{slo.id}"}}[{window}])'


@singledispatch
def _ok_state(sli: Sli, slo: Slo) -> str:
    return ""


@_ok_state.register
def _(sli: Freshness, slo: Slo) -> str:
    last_success = f'max(pipeline_last_success_timestamp_seconds{{pipeline="{slo.pipeline}"}})'
    return f"(time() - {last_success}) <= bool {sli.max_age}"


@_ok_state.register
def _(sli: QualityThreshold, slo: Slo) -> str:
    table = f',table="{quoted(sli.table)}"' if sli.table else ""
    score = f'min(data_quality_score{{pipeline="{slo.pipeline}",check_type="overall"{table}}})'
    return f"{score} >= bool {sli.minimum:g}"


def _runs(slo: Slo, metric: str, window: str, matchers: str = "") -> str:
    return f"sum(increase({_series(slo, metric, matchers)}[{window}]))"


def _series(slo: Slo, metric: str, matchers: str = "") -> str:
    pipeline = "" if slo.pipeline == ALL_PIPELINES else f'pipeline="{slo.pipeline}"'
    return f"{metric}{{{','.join(filter(None, (pipeline, matchers)))}}}"

"""How the review says things, in both forms."""

from __future__ import annotations

from almenara_platform.counting import counted
from almenara_platform.runs.model import RunState
from almenara_platform.slo.budget import Cost
from almenara_platform.slo.duration import humanize_duration
from almenara_platform.slo.endings import table_scores
from almenara_platform.slo.report.review import Chapter
from almenara_platform.slo.sli import Freshness, LatencyThreshold, QualityThreshold, Sli, from_runs


def verdict(chapter: Chapter) -> str:
    """kept, broken or not measured."""
    return {True: "kept", False: "broken", None: "not measured"}[chapter.kept]


def percent(share: float | None) -> str:
    """A share as a percentage with as many digits as an objective has."""
    if share is None:
        return "-"
    text = f"{100 * share:.3f}".rstrip("0").rstrip(".") if abs(share) <= 1 else f"{100 * share:.0f}"
    return f"{text} %"


def amount(chapter: Chapter, cost: Cost) -> str:
    """What a run cost: itself, or the time that was bad because of it; an hour where no runs are counted."""
    sli = chapter.detail.status.slo.sli
    if not from_runs(sli):
        return "1 h"
    return humanize_duration(cost.amount) if isinstance(sli, Freshness | QualityThreshold) else "1 run"


def reason(sli: Sli, cost: Cost) -> str:
    """Why a run was bad for this kind of SLI."""
    run = cost.run
    if not from_runs(sli):
        return "the errors of this hour"
    if run is None:
        return "no run was made in time"
    if isinstance(sli, QualityThreshold):
        scores = ", ".join(f"{table} scored {score:.4g}" for table, score in table_scores(run).items())
        return f"{scores}; at least {sli.minimum:g} is promised"
    if run.error:
        return f"{run.error.type or 'Error'}: {run.error.message}"
    if isinstance(sli, LatencyThreshold) and run.state is RunState.COMPLETE:
        took, allowed = humanize_duration(run.duration_seconds or 0), humanize_duration(sli.threshold)
        return f"took {took}; {allowed} are promised"
    return {RunState.ABORT: "it was aborted"}.get(run.state, "it failed without saying why")


def summary(chapter: Chapter) -> str:
    """One sentence on what was measured."""
    measured = chapter.detail.measured
    if not measured.known:
        note = chapter.detail.status.note or "nothing was measured in this month"
        return f"{note[0].upper()}{note[1:]}."
    if not from_runs(chapter.detail.status.slo.sli):
        return f"{percent(measured.error_ratio)} was bad."
    if isinstance(chapter.detail.status.slo.sli, Freshness | QualityThreshold):
        return f"{humanize_duration(measured.bad)} of {humanize_duration(measured.total)} were bad."
    were = "was" if round(measured.bad) == 1 else "were"
    return f"{measured.bad:.0f} of {counted(round(measured.total), 'run')} {were} bad."

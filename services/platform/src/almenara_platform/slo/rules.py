"""Prometheus rules of an SLO: SLI recordings, budget and burn rates, and burn-rate alerts.

The recorded names are those that Sloth made common (``slo:sli_error:ratio_rate5m``,
``slo:error_budget:ratio``, ``slo:current_burn_rate:ratio`` ...), so that dashboards and habits carry over.
"""

from __future__ import annotations

from typing import Any

from almenara_platform.slo.duration import humanize_duration, parse_duration
from almenara_platform.slo.expressions import OK_RECORD, counted_runs, error_ratio, ok_state
from almenara_platform.slo.model import ALL_PIPELINES, Slo
from almenara_platform.slo.windows import BurnWindow, Severity, burn_windows, recorded_windows

Rule = dict[str, Any]
Group = dict[str, Any]

SEVERITY_LABEL = {Severity.PAGE: "critical", Severity.TICKET: "warning"}
# A range of days changes little in two minutes and costs the most to read.
LONG_WINDOW_SECONDS = 86_400
LONG_INTERVAL = "2m"


def rule_groups(slo: Slo, alerts: bool = True) -> list[Group]:
    """The groups of one SLO; without its alerts where its pipeline is not watched."""
    windows = recorded_windows(slo.period)
    short = [window for window in windows if parse_duration(window) < LONG_WINDOW_SECONDS]
    long = [window for window in windows if window not in short]
    groups = [
        _group(slo, "sli", [*_state(slo), *(_sli(slo, window) for window in short)]),
        _group(slo, "sli-long", [_sli(slo, window) for window in long], LONG_INTERVAL),
        _group(slo, "budget", _budget(slo)),
    ]
    enabled = [severity for severity in Severity if alerts and slo.alerting.of(severity).enabled]
    if enabled:
        groups.append(_group(slo, "alerts", [_alert(slo, severity) for severity in enabled]))
    return groups


def _group(slo: Slo, part: str, rules: list[Rule], interval: str = "") -> Group:
    head = {"name": f"slo-{slo.id}-{part}"}
    return {**head, "interval": interval, "rules": rules} if interval else {**head, "rules": rules}


def _labels(slo: Slo, **more: str) -> dict[str, str]:
    identity = {"slo_id": slo.id, "pipeline": slo.pipeline, "slo": slo.name, "team": slo.team}
    return dict(sorted({**slo.labels, **identity, **more}.items()))


def _record(name: str, expr: str, labels: dict[str, str]) -> Rule:
    return {"record": name, "expr": expr, "labels": labels}


def _state(slo: Slo) -> list[Rule]:
    expr = ok_state(slo)
    return [_record(OK_RECORD, expr, _labels(slo))] if expr else []


def _sli(slo: Slo, window: str) -> Rule:
    return _record(_sli_name(window), error_ratio(slo, window), _labels(slo, slo_window=window))


def _sli_name(window: str) -> str:
    return f"slo:sli_error:ratio_rate{window}"


def _budget(slo: Slo) -> list[Rule]:
    labels = _labels(slo)
    own = f'{{slo_id="{slo.id}"}}'
    burn = "max without(slo_window) ({sli}{own}) / {budget:.12g}"
    current = burn.format(sli=_sli_name("5m"), own=own, budget=slo.error_budget)
    period = burn.format(sli=_sli_name(slo.period), own=own, budget=slo.error_budget)
    return [
        _record("slo:objective:ratio", f"vector({round(slo.objective / 100, 12):.12g})", labels),
        _record("slo:error_budget:ratio", f"vector({slo.error_budget:.12g})", labels),
        _record("slo:time_period:days", f"vector({slo.period_seconds / 86_400:g})", labels),
        _record("slo:current_burn_rate:ratio", current, labels),
        _record("slo:period_burn_rate:ratio", period, labels),
        _record("slo:period_error_budget_remaining:ratio", f"1 - slo:period_burn_rate:ratio{own}", labels),
    ]


def _alert(slo: Slo, severity: Severity) -> Rule:
    own = slo.alerting.of(severity)
    labels = _labels(slo, severity=SEVERITY_LABEL[severity], slo_severity=severity.value)
    return {
        "alert": slo.alerting.name,
        "expr": _alert_expression(slo, severity),
        "labels": dict(sorted({**labels, **own.labels}.items())),
        "annotations": {**_annotations(slo, severity), **own.annotations},
    }


def _alert_expression(slo: Slo, severity: Severity) -> str:
    burning = "\nor\n".join(_burning(slo, window) for window in burn_windows(severity))
    if severity is Severity.PAGE or not slo.alerting.page.enabled:
        return burning
    paging = "\nor\n".join(_burning(slo, window) for window in burn_windows(Severity.PAGE))
    return f"(\n{burning}\n)\nunless\n(\n{paging}\n)"


def _burning(slo: Slo, window: BurnWindow) -> str:
    threshold = f"{window.factor(slo.period):g} * {slo.error_budget:.12g}"
    short, long = (
        f'max without(slo_window) ({_sli_name(name)}{{slo_id="{slo.id}"}} > {threshold})'
        for name in (window.short, window.long)
    )
    return f"(\n  {short}\n  and\n  {long}\n)"


def _annotations(slo: Slo, severity: Severity) -> dict[str, str]:
    return {
        "summary": f"{slo.pipeline}: the error budget of {slo.name} burns too fast",
        "description": _description(slo, severity),
        "value": "{{ $value | humanizePercentage }} bad",
        "budget": _budget_left(slo),
        "runbook_url": "{{ $externalLabels.console }}/runbooks/SLOBudgetBurn",
        "blast_radius": _blast_radius(slo),
        "dashboard": (
            "{{ with $externalLabels.grafana }}{{ . }}"
            f"/d/almenara-slos?var-slo_id={slo.id}{{{{ end }}}}"
        ),
        "console": f"{{{{ $externalLabels.console }}}}/slos/{slo.id}",
    }


def _description(slo: Slo, severity: Severity) -> str:
    factor = min(window.factor(slo.period) for window in burn_windows(severity))
    lasts = humanize_duration(slo.period_seconds / factor)
    said = slo.description.replace("{{", "{{`{{`}}")
    return (
        f"{said} {{{{ $value | humanizePercentage }}}} is bad now; the objective of "
        f"{slo.objective:g} % over {slo.period} allows {slo.error_budget * 100:.4g} %. The budget burns at "
        f"over {factor:g} times the speed that lasts: a whole one is gone in less than {lasts}."
        f"{_few_runs(slo)}"
    ).strip()


def _few_runs(slo: Slo) -> str:
    """A sentence for messages while one bad run alone takes the whole budget."""
    runs = counted_runs(slo, slo.period)
    if not runs:
        return ""
    count = "{{ . | first | value | printf `%.0f` }}"
    said = f" Runs known of the last {slo.period}: {count}; among so few one takes the whole budget."
    few = f"{{{{ if lt (. | first | value) {1 / slo.error_budget:.1f} }}}}{said}{{{{ end }}}}"
    return f"{{{{ with query `{runs}` }}}}{few}{{{{ end }}}}"


def _blast_radius(slo: Slo) -> str:
    if slo.pipeline == ALL_PIPELINES:
        return "every pipeline"
    reached = f'pipeline_downstream{{pipeline="{slo.pipeline}"}}'
    return f"{{{{ range query `{reached}` }}}}{{{{ .Value }}}} {{{{ .Labels.kind }}}} {{{{ end }}}}"


def _budget_left(slo: Slo) -> str:
    remaining = f'100 * slo:period_error_budget_remaining:ratio{{slo_id="{slo.id}"}}'
    if counted_runs(slo, slo.period):
        # One run may take all of it, and what is recorded every other minute does not know of that run yet.
        remaining = f"100 * (1 - ({error_ratio(slo, slo.period)}) / {slo.error_budget:.12g})"
    # An overspent budget has many digits, which humanizePercentage writes as a power of ten.
    value = '{{ . | first | value | printf "%.1f" }} %'
    return f"{{{{ with query `{remaining}` }}}}{value}{{{{ else }}}}not measured yet{{{{ end }}}}"

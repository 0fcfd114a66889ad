"""SLOs: are the promises kept, and how much may still go wrong?"""

from __future__ import annotations

from almenara_platform.dashboards import annotations, identity, links, panels, style, variables
from almenara_platform.dashboards.board import Board, Line, Section
from almenara_platform.dashboards.config import Config
from almenara_platform.dashboards.panels import Panel
from almenara_platform.dashboards.queries import latest, promql, rows
from almenara_platform.slo.windows import RECORDED, Severity, burn_windows

OF = 'slo_id=~"$slo_id"'
LITTLE_BUDGET = 0.25


def board(config: Config) -> Board:
    """The dashboard ``almenara-slos``."""
    return Board(
        uid=identity.SLOS,
        title="SLOs",
        question="Are the promises kept, and how much may still go wrong?",
        first=[_figures(), Line(8, [(24, _table())]), Line(8, [(12, _budget()), (12, _burn())])],
        sections=[
            Section("Alerts", [Line(8, [(24, _alerts())])]),
            Section("Share of what was bad, by window", [Line(8, [(24, _windows())])]),
        ],
        variables=[variables.objective(), variables.address("console")],
        annotations=[
            annotations.runs(annotations.EVERY),
            annotations.deployments(),
            annotations.alerts(OF),
        ],
        links=[links.console("Objectives in the console", "/slos"), *links.alertmanager()],
        since="now-7d",
    )


def _figures() -> Line:
    figures = (
        panels.number(
            "Least budget left",
            "Error budget left of the objective that has least; below 0 the promise is broken.",
            style.SHARE,
            promql(f"min(slo:period_error_budget_remaining:ratio{{{OF}}})"),
            _budget_colors(),
        ),
        panels.number(
            "Fastest burn",
            "How many times faster than allowed the fastest budget burns now.",
            style.TIMES,
            promql(f"max(slo:current_burn_rate:ratio{{{OF}}})"),
            _burn_colors(),
        ),
        panels.number(
            "Objectives broken",
            "Objectives with no budget left in their period.",
            style.COUNT,
            latest(f"count(slo:period_error_budget_remaining:ratio{{{OF}}} < 0) or vector(0)"),
            style.steps(style.GOOD, (1, style.BAD)),
        ),
        panels.number(
            "Alerts that fire",
            "Burn-rate alerts that fire now.",
            style.COUNT,
            latest(f'count(ALERTS{{alertstate="firing",{OF}}}) or vector(0)'),
            style.steps(style.GOOD, (1, style.BAD)),
        ),
    )
    return Line(4, [(6, figure) for figure in figures])


def _budget_colors() -> style.build.ThresholdsConfig:
    return style.falling(0, LITTLE_BUDGET)


def _burn_colors() -> style.build.ThresholdsConfig:
    ticket = min(window.factor() for window in burn_windows(Severity.TICKET))
    page = min(window.factor() for window in burn_windows(Severity.PAGE))
    return style.rising(ticket, page)


def _table() -> Panel:
    table = panels.grid(
        "Objectives",
        "Each objective: what is promised, what was kept over the period, the budget left, and how fast it "
        "burns. The name leads to the objective and its costliest runs in the console.",
        rows(f"slo:objective:ratio{{{OF}}}"),
        # Whatever the period of an objective: its burn rate is what was bad in it, as a share of the budget.
        rows(f"1 - slo:period_burn_rate:ratio{{{OF}}} * slo:error_budget:ratio{{{OF}}}"),
        rows(f"slo:period_error_budget_remaining:ratio{{{OF}}}"),
        rows(f"slo:current_burn_rate:ratio{{{OF}}}"),
        units={
            "objective": style.SHARE,
            "kept": style.SHARE,
            "budget left": style.SHARE,
            "burn": style.TIMES,
        },
        links={
            "slo": [
                links.to_console("Objective in the console", f"/slos?slo={links.field('slo')}"),
                links.to_dashboard("This objective", identity.SLOS, slo_id=links.field("slo")),
            ],
            "pipeline": [
                links.to_dashboard("Data pipelines", identity.PIPELINES, pipeline=links.field("pipeline"))
            ],
        },
    )
    return panels.joined(
        table,
        "slo_id",
        {
            "slo_id": "slo",
            "pipeline 1": "pipeline",
            "team 1": "team",
            "Value #A": "objective",
            "Value #B": "kept",
            "Value #C": "budget left",
            "Value #D": "burn",
        },
    )


def _ring() -> list[links.Link]:
    return [
        links.to_console("Objective in the console", f"/slos?slo={links.label('slo_id')}"),
        links.to_dashboard("Data pipelines", identity.PIPELINES, pipeline=links.label("pipeline")),
    ]


def _budget() -> Panel:
    chart = panels.chart(
        "Budget left",
        "Error budget left over the period; below 0 the promise is broken.",
        style.SHARE,
        promql(f"slo:period_error_budget_remaining:ratio{{{OF}}}", "{{slo_id}}"),
        links=_ring(),
    )
    return panels.limit(chart.max(1), _budget_colors())


def _burn() -> Panel:
    chart = panels.chart(
        "Burn rate",
        "How many times faster than allowed the budget burns, over five minutes. Dashed: the slowest burn "
        "that opens a ticket, and the slowest that pages.",
        style.TIMES,
        promql(f"slo:current_burn_rate:ratio{{{OF}}}", "{{slo_id}}"),
        links=_ring(),
    )
    return panels.limit(chart, _burn_colors())


def _alerts() -> Panel:
    table = panels.grid(
        "Alerts",
        "Burn-rate alerts that fire or wait to. Empty when every budget burns slowly enough.",
        rows(f'ALERTS{{alertname="SLOBudgetBurn",{OF}}}'),
        units={},
        links={
            "slo": [links.to_console("Objective in the console", f"/slos?slo={links.field('slo')}")],
            "alert": [links.silence(alertname=links.field("alert"), slo_id=links.field("slo"))],
            "pipeline": [
                links.to_console("Alerts in the console", f"/alerts?pipeline={links.field('pipeline')}")
            ],
        },
    )
    return panels.columns(
        table,
        {
            "alertname": "alert",
            "slo_id": "slo",
            "pipeline": "pipeline",
            "severity": "severity",
            "team": "team",
            "alertstate": "state",
        },
    )


def _windows() -> Panel:
    queries = [
        promql(f"slo:sli_error:ratio_rate{window}{{{OF}}}", f"{window} {{{{slo_id}}}}") for window in RECORDED
    ]
    return panels.chart(
        "Share that was bad",
        "What the burn-rate alerts compare: the share that was bad over each of their windows.",
        style.SHARE,
        *queries,
        links=_ring(),
    )

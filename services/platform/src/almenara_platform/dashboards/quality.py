"""Data quality: can the data be trusted?"""

from __future__ import annotations

from almenara_platform.dashboards import annotations, identity, links, panels, style, variables
from almenara_platform.dashboards.board import Board, Line, Section
from almenara_platform.dashboards.config import Config
from almenara_platform.dashboards.panels import Panel
from almenara_platform.dashboards.queries import latest, logql, promql
from almenara_platform.dashboards.variables import ENVIRONMENT, IN_ENVIRONMENT

OF = 'pipeline=~"$pipeline"'
OF_TABLE = 'pipeline=~"$pipeline",table=~"$table"'
OVERALL = f'data_quality_score{{{OF_TABLE},check_type="overall"}} {IN_ENVIRONMENT}'
LINES = f'{{service_name=~".+"}} | {ENVIRONMENT}=~"$environment" | pipeline=~"$pipeline" | table=~"$table"'


def board(config: Config) -> Board:
    """The dashboard ``almenara-quality``."""
    return Board(
        uid=identity.QUALITY,
        title="Data quality",
        question="Can the data be trusted: complete, free of duplicates, as much as usual?",
        first=[_figures(config), Line(8, [(24, _scores(config))]), Line(9, [(24, _nulls())])],
        sections=[
            Section(
                "Volume and duplicates", [Line(8, [(8, _duplicates()), (10, _volume()), (6, _ratio(config))])]
            ),
            Section("Checks", [Line(10, [(24, _failed())])]),
        ],
        variables=[
            variables.environment(),
            variables.pipeline(),
            variables.table(),
            variables.address("console"),
        ],
        annotations=[annotations.runs(), annotations.deployments(), annotations.alerts()],
        links=[links.console("Console", "/")],
    )


def _figures(config: Config) -> Line:
    figures = (
        panels.number(
            "Lowest score",
            "Overall quality of the worst of the chosen tables at its last check: 100 less the mean null "
            "percentage and the duplicate percentage.",
            style.SCORE,
            promql(f"min({OVERALL})"),
            style.falling(config.threshold("quality_score"), config.score),
        ),
        panels.number(
            "Emptiest column",
            "Null percentage of the column with the most nulls.",
            style.PERCENT,
            promql(f"max(null_percentage{{{OF_TABLE}}} {IN_ENVIRONMENT})"),
            style.steps(style.GOOD, (config.threshold("null_percentage"), style.BAD)),
        ),
        panels.number(
            "Duplicates",
            "Rows that repeat an earlier one, in all the chosen tables.",
            style.COUNT,
            promql(f"sum(duplicate_count{{{OF_TABLE}}} {IN_ENVIRONMENT})"),
            style.steps(style.GOOD, (config.threshold("duplicates") + 1, style.BAD)),
        ),
        panels.number(
            "Tables checked",
            "How many of the chosen tables have been checked.",
            style.COUNT,
            promql(f"count({OVERALL})"),
        ),
    )
    return Line(4, [(6, figure) for figure in figures])


def _ring() -> list[links.Link]:
    lines = '{service_name=~".+"} | pipeline="' + links.label("pipeline") + '" |= "quality_check"'
    return [
        links.to_logs("Log lines of the checks", lines),
        links.to_console("Runs in the console", f"/runs?pipeline={links.label('pipeline')}"),
    ]


def _scores(config: Config) -> Panel:
    chart = panels.chart(
        "Score by table",
        "Overall quality after each check. Dashed: what DataQualityLow alerts on, and the promise.",
        style.SCORE,
        promql(OVERALL, "{{pipeline}} {{table}}"),
        links=_ring(),
    )
    limits = style.falling(config.threshold("quality_score"), config.score)
    return panels.limit(chart.max(100), limits)


def _nulls() -> Panel:
    shown = ("null_percentage", "optional_null_percentage")
    return panels.heat_map(
        "Nulls by column",
        "Null percentage of each column over time, optional ones too: the darker, the emptier.",
        style.PERCENT,
        promql(
            " or ".join(f"{name}{{{OF_TABLE}}} {IN_ENVIRONMENT}" for name in shown), "{{table}}.{{column}}"
        ),
        most=100,
    )


def _duplicates() -> Panel:
    return panels.chart(
        "Duplicates by table",
        "Rows that repeat an earlier one, at each check.",
        style.COUNT,
        promql(f"duplicate_count{{{OF_TABLE}}} {IN_ENVIRONMENT}", "{{pipeline}} {{table}}"),
        links=_ring(),
    )


def _volume() -> Panel:
    chart = panels.chart(
        "Records of a run against the week before",
        "Mean records of a complete run over a day; dashed, the mean of the same pipeline's week before.",
        style.COUNT,
        promql(f"pipeline:record_volume:mean1d{{{OF}}}", "{{pipeline}}"),
        promql(
            f"avg_over_time(pipeline:record_volume:mean1d{{{OF}}}[7d] offset 1d)", "week before {{pipeline}}"
        ),
        links=[links.to_dashboard("Data pipelines", identity.PIPELINES, "environment", "pipeline")],
    )
    return panels.dashed(chart, "/^week before/")


def _ratio(config: Config) -> Panel:
    low, high = config.threshold("volume_low"), config.threshold("volume_high")
    return panels.bars(
        "Share of the usual records",
        "The last day's records of a run as a share of the week before; RecordVolumeAnomaly alerts outside "
        "the limits. Empty until a pipeline has three days of history.",
        style.SHARE,
        latest(f"pipeline:record_volume:ratio1d_week{{{OF}}}", "{{pipeline}}"),
        color=style.steps(style.BAD, (low, style.GOOD), (high, style.BAD)),
    )


def _failed() -> Panel:
    return panels.log_lines(
        "Checks",
        "What each check of a table found, newest first; a line opens to its scores and its run.",
        logql(f'{LINES} |= "quality_check"'),
    )

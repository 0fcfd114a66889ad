"""Data pipelines: do they run, and do they keep up?"""

from __future__ import annotations

from almenara_platform.dashboards import annotations, identity, links, measured, panels, style, variables
from almenara_platform.dashboards.board import Board, Line, Section
from almenara_platform.dashboards.config import Config
from almenara_platform.dashboards.panels import Panel
from almenara_platform.dashboards.queries import latest, promql, sql
from almenara_platform.dashboards.run_records import CHOSEN, DURATION, IN_RANGE, RECORDS, of_runs

OF = 'pipeline=~"$pipeline"'
OF_STAGE = 'pipeline=~"$pipeline",stage=~"$stage"'
KEPT = ("environment", "pipeline")


def board(config: Config) -> Board:
    """The dashboard ``almenara-pipelines``."""
    return Board(
        uid=identity.PIPELINES,
        title="Data pipelines",
        question="Do the pipelines run, and do they keep up?",
        first=[_figures(config), _flow(config), _durations(config)],
        sections=[Section("Runs", _runs(config)), Section("Stages and queue", _stages(config))],
        variables=[
            variables.environment(),
            variables.pipeline(),
            variables.stage(),
            variables.address("console"),
        ],
        annotations=[annotations.runs(), annotations.deployments(), annotations.alerts()],
        links=[links.console("Console", "/")],
    )


def _figures(config: Config) -> Line:
    figures = (
        panels.number(
            "Runs that completed",
            "Share of the runs of the last day that completed; the worst of the chosen pipelines. "
            "The limit is the strictest objective of runs.",
            style.SHARE,
            latest(f"min(pipeline:runs:success_ratio1d{{{OF}}})"),
            style.steps(style.BAD, (config.good_runs, style.GOOD)),
            [links.to_dashboard("Objectives", identity.SLOS)],
        ),
        panels.number(
            "Active jobs",
            "Runs in progress now.",
            style.COUNT,
            promql(f"sum({measured.active_jobs(OF)})"),
            style.RUNNING,
        ),
        panels.number(
            "Throughput",
            "Records a second over five minutes, in all the chosen pipelines.",
            style.RECORDS_PER_SECOND,
            promql(f"sum({measured.throughput(OF)})"),
        ),
        panels.number(
            "Error rate",
            "Share of what was processed in five minutes that failed; the worst of the chosen pipelines.",
            style.SHARE,
            promql(f"max({measured.error_share(OF)})"),
            style.steps(style.GOOD, (config.threshold("error_percentage") / 100, style.BAD)),
        ),
        panels.number(
            "Waiting in the queue",
            "Runs that are accepted and wait for a worker, over five minutes.",
            style.COUNT,
            promql(f"sum({measured.waiting()})"),
            style.steps(style.WAITING, (config.queue_size, style.BAD)),
        ),
        panels.number(
            "Oldest success",
            "Age of the last complete run of the chosen pipeline that waits longest for one; "
            "the limit is the strictest freshness objective.",
            style.SECONDS,
            latest(f"max(time() - max by (pipeline) (pipeline_last_success_timestamp_seconds{{{OF}}}))"),
            style.rising(0.9 * config.age_seconds, config.age_seconds),
        ),
    )
    return Line(4, [(4, figure) for figure in figures])


def _flow(config: Config) -> Line:
    throughput = panels.chart(
        "Throughput by stage",
        "Records a second that each stage processes, over five minutes. A pipeline's throughput is that of "
        "its busiest stage.",
        style.RECORDS_PER_SECOND,
        promql(measured.processed(OF_STAGE), "{{pipeline}} {{stage}}"),
        links=_ring(),
    )
    errors = panels.chart(
        "Error rate by stage",
        "Share of what a stage processed in five minutes that failed. The dashed line is what HighErrorRate "
        "alerts on.",
        style.SHARE,
        promql(measured.stage_error_share(OF_STAGE), "{{pipeline}} {{stage}}"),
        promql(_limit("error_percentage") + " / 100", "limit {{pipeline}}"),
        links=_ring(),
    )
    return Line(8, [(12, throughput), (12, panels.dashed(errors.max(1), "/^limit/"))])


def _durations(config: Config) -> Line:
    stages = panels.chart(
        "Duration of stages: P50, P95, P99",
        "How long half, 95 and 99 of 100 stages take at most. A point is the trace of one stage; the dashed "
        "line is what HighLatency alerts on.",
        style.SECONDS,
        promql(measured.stage_seconds(0.5, OF_STAGE), "P50 {{pipeline}}"),
        promql(measured.stage_seconds(0.99, OF_STAGE), "P99 {{pipeline}}"),
        promql(measured.stage_seconds(0.95, OF_STAGE), "P95 {{pipeline}}", exemplars=True),
        promql(_limit("latency_p99"), "limit {{pipeline}}"),
        links=_ring(),
    )
    for name, shade in (("P50", style.P50), ("P95", style.P95), ("P99", style.P99)):
        panels.color(stages, f"/^{name}/", shade)
    active = panels.chart(
        "Active jobs and queue",
        "Runs in progress by pipeline, and runs that wait for a worker.",
        style.COUNT,
        promql(measured.active_jobs(OF), "active {{pipeline}}"),
        promql(measured.waiting(), "waiting in {{queue_name}}"),
    )
    panels.color(active, "/^waiting/", style.WAITING)
    return Line(8, [(12, panels.dashed(stages, "/^limit/")), (12, active)])


def _limit(name: str) -> str:
    return f'pipeline:alert:threshold{{{OF},threshold="{name}"}}'


def _ring() -> list[links.Link]:
    lines = '{service_name=~".+"} | pipeline="' + links.label("pipeline") + '"'
    return [
        links.to_logs("Log lines", lines),
        links.to_console("Runs in the console", f"/runs?pipeline={links.label('pipeline')}"),
    ]


def _runs(config: Config) -> list[Line]:
    return [
        Line(8, [(24, _timeline())]),
        Line(10, [(16, _table()), (8, _last_success(config))]),
        Line(8, [(12, _run_duration(config)), (12, _volume())]),
    ]


def _timeline() -> Panel:
    starts = "SELECT started AS time, pipeline, state FROM record"
    ends = "SELECT ended, pipeline, NULL FROM record WHERE ended IS NOT NULL"
    return panels.timeline(
        "Runs over time",
        "When each pipeline ran, and how it ended.",
        sql(of_runs(f"{CHOSEN} AND {IN_RANGE}", f"{starts} UNION ALL {ends} ORDER BY time")),
        "pipeline",
        [links.to_console("Runs in the console", "/runs")],
    )


def _table() -> Panel:
    select = f"""SELECT started, pipeline, state, {DURATION} AS duration, {RECORDS} AS records,
  run_id AS run, document->>'trace_id' AS trace
FROM record ORDER BY started DESC LIMIT 100"""
    table = panels.grid(
        "Latest runs",
        "The runs of the time range, newest first. A run's id leads to its dashboard and its page, its trace "
        "to the spans, its pipeline to its metrics.",
        sql(of_runs(f"{CHOSEN} AND {IN_RANGE}", select)),
        units={"duration": style.SECONDS, "records": style.COUNT},
        links={
            "run": links.run_links(),
            "trace": links.trace_links(),
            "pipeline": [
                links.to_dashboard(
                    "Metrics", identity.PIPELINES, "environment", pipeline=links.field("pipeline")
                )
            ],
        },
    )
    return panels.states(table, "state")


def _last_success(config: Config) -> Panel:
    age = f"sort_desc(time() - max by (pipeline) (pipeline_last_success_timestamp_seconds{{{OF}}}))"
    return panels.bars(
        "Last success",
        "How old the last complete run of each pipeline is; the limit is the strictest freshness objective.",
        style.SECONDS,
        latest(age, "{{pipeline}}"),
        color=style.rising(0.9 * config.age_seconds, config.age_seconds),
        links=[
            links.to_console("Runs in the console", f"/runs?pipeline={links.label('pipeline')}"),
        ],
    )


def _run_duration(config: Config) -> Panel:
    chart = panels.chart(
        "Duration of runs: P95 of a day",
        "How long 95 of 100 runs of the last day took at most. The dashed line is the strictest latency "
        "objective.",
        style.SECONDS,
        promql(f"pipeline:run_duration_seconds:p95_1d{{{OF}}}", "{{pipeline}}"),
        links=_ring(),
    )
    return panels.limit(chart, style.steps(style.GOOD, (config.run_seconds, style.BAD)))


def _volume() -> Panel:
    return panels.chart(
        "Records of a run",
        "Mean records of a complete run over a day; of a stream, the records of the day.",
        style.COUNT,
        promql(f"pipeline:record_volume:mean1d{{{OF}}}", "{{pipeline}}"),
        links=[links.to_dashboard("Data quality", identity.QUALITY, *KEPT)],
    )


def _stages(config: Config) -> list[Line]:
    slowest = panels.bars(
        "Slowest stages",
        "Mean duration of the slowest stages of the last day.",
        style.SECONDS,
        latest(
            f"sort_desc(topk(10, pipeline_stage:processing_duration_seconds:mean1d{{{OF_STAGE}}}))",
            "{{pipeline}} {{stage}}",
        ),
        links=_ring(),
    )
    errors = panels.bars(
        "Errors of the last hour",
        "Exceptions that ended a stage or a run in the last hour.",
        style.COUNT,
        latest(
            f"sort_desc(pipeline_stage:errors:increase1h{{{OF_STAGE}}} "
            f"or 0 * pipeline_stage:events_processed:rate5m{{{OF_STAGE}}})",
            "{{pipeline}} {{stage}}",
        ),
        color=style.steps(style.QUIET, (0.5, style.BAD)),
        links=_ring(),
    )
    queue = panels.chart(
        "Queue",
        "Entries that wait, over five minutes. The dashed line is what QueueTooLarge alerts on.",
        style.COUNT,
        promql(measured.waiting(), "{{queue_name}}"),
    )
    limit = style.steps(style.GOOD, (config.queue_size, style.BAD))
    return [Line(8, [(8, slowest), (8, errors), (8, panels.limit(queue, limit))])]

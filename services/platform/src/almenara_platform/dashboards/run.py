"""Run: what happened in one run?"""

from __future__ import annotations

from almenara_platform.dashboards import annotations, identity, links, panels, style, variables
from almenara_platform.dashboards.board import Board, Line, Section
from almenara_platform.dashboards.config import Config
from almenara_platform.dashboards.panels import Panel
from almenara_platform.dashboards.queries import latest, logql, promql, sql, trace
from almenara_platform.dashboards.run_records import DURATION, RECORDS, THIS_RUN, of_runs, segment

_STAGES = "record, jsonb_array_elements(document->'stages') AS stage"
_BEGAN = "(stage->>'started_at')::timestamptz"
_EPOCH = "extract(epoch FROM started) * 1000"
_TOOK = "(stage->>'duration_seconds')::numeric"


def board(config: Config) -> Board:
    """The dashboard ``almenara-run``."""
    return Board(
        uid=identity.RUN,
        title="Run",
        question="What happened in this run: which stage, how long, what was written, what went wrong?",
        first=[_figures(config), Line(7, [(24, _timeline())]), Line(9, [(24, _trace())])],
        sections=[
            Section("Stages and quality", [Line(8, [(12, _stages()), (12, _quality())])]),
            Section("Logs", [Line(14, [(24, _logs())])]),
            Section("Datasets", [Line(8, [(24, _datasets())])]),
            Section("The pipeline meanwhile", [Line(8, _pipeline())]),
        ],
        variables=[
            variables.run_id(),
            variables.of_run("pipeline", f"SELECT pipeline FROM runs WHERE {THIS_RUN}"),
            variables.of_run("trace_id", of_runs(THIS_RUN, "SELECT document->>'trace_id' FROM record")),
            variables.address("console"),
            variables.address("marquez"),
        ],
        annotations=[
            annotations.runs(THIS_RUN),
            annotations.deployments(),
            annotations.alerts('pipeline="$pipeline"'),
        ],
        links=[
            links.console("Run in the console", "/runs/${run_id:percentencode}"),
            links.console("Trace in the console", "/traces/${trace_id:percentencode}"),
        ],
        since="now-24h",
    )


def _one(select: str) -> str:
    return of_runs(THIS_RUN, f"SELECT {select} FROM record")


def _figures(config: Config) -> Line:
    state = panels.fact("State", "How the run stands or ended.", style.TEXT, sql(_one("state")))
    figures = (
        (4, state.mappings(style.run_states()).color_scheme(style.by_threshold())),
        (5, panels.fact("Started", "When the run began.", style.units.DatetimeISO, sql(_one(_EPOCH)))),
        (4, _duration(config)),
        (4, panels.fact("Records", "Records of its busiest stage.", style.COUNT, sql(_one(RECORDS)))),
        (
            7,
            panels.fact(
                "Error",
                "Type of the error that ended the run; its message is among the log lines.",
                style.TEXT,
                sql(_one("coalesce(document->'error'->>'type', 'none')")),
            ),
        ),
    )
    return Line(4, figures)


def _duration(config: Config) -> Panel:
    title, words = "Duration", "From start to end, or until now. The limit is the latency objective."
    panel = panels.fact(title, words, style.SECONDS, sql(_one(DURATION)))
    limit = style.steps(style.GOOD, (config.run_seconds, style.BAD))
    return panel.thresholds(limit).color_scheme(style.by_threshold())


def _timeline() -> Panel:
    starts = f"SELECT {_BEGAN} AS time, stage->>'name' AS stage, stage->>'state' AS state FROM {_STAGES}"
    ends = (
        f"SELECT {_BEGAN} + make_interval(secs => {_TOOK}::float), stage->>'name', NULL "
        f"FROM {_STAGES} WHERE stage->>'duration_seconds' IS NOT NULL"
    )
    return panels.timeline(
        "Stages over time",
        "When each stage ran and how it ended. Zoom in: a run of seconds is narrow in a range of hours.",
        sql(of_runs(THIS_RUN, f"{starts} UNION ALL {ends} ORDER BY time")),
        "stage",
    )


def _trace() -> Panel:
    return panels.spans(
        "Trace",
        "The spans of the run, of the request that asked for it and of what it called. A span leads to its "
        "log lines, to its service's metrics and to its run.",
        trace("${trace_id}"),
    )


def _stages() -> Panel:
    select = f"""SELECT stage->>'name' AS stage, stage->>'state' AS state, {_BEGAN} AS started,
  {_TOOK} AS duration, (stage->>'records')::numeric AS records, stage->'error'->>'message' AS error
FROM {_STAGES}"""
    table = panels.grid(
        "Stages",
        "The stages in their order: how each ended, how long it took, what it processed.",
        sql(of_runs(THIS_RUN, select)),
        units={"duration": style.SECONDS, "records": style.COUNT},
    )
    return panels.states(table, "state")


def _quality() -> Panel:
    select = """SELECT entry->>'table' AS table, entry->>'check' AS check, entry->>'column' AS column,
  (entry->>'value')::numeric AS value, entry->>'passed' AS passed
FROM record, jsonb_array_elements(document->'quality') AS entry"""
    return panels.grid(
        "Quality",
        "What the run checked: scores and null percentages are of 100, counts are rows.",
        sql(of_runs(THIS_RUN, select)),
        units={"value": style.COUNT},
        links={
            "table": [
                links.to_dashboard("Data quality", identity.QUALITY, "pipeline", table=links.field("table"))
            ]
        },
    )


def _logs() -> Panel:
    return panels.log_lines(
        "Log lines",
        "Every line of the run, oldest first. A line opens to its fields, which lead to trace, run and "
        "metrics.",
        logql('{service_name=~".+"} | run_id="$run_id"'),
        oldest_first=True,
    )


def _datasets() -> Panel:
    parts = (
        "SELECT '{way}' AS way, entry->>'namespace' AS namespace, entry->>'name' AS dataset, "
        "(entry->>'rows')::numeric AS rows, (entry->>'bytes')::numeric AS bytes, "
        "jsonb_array_length(coalesce(nullif(entry->'schema', 'null'), '[]')) AS columns, "
        "{namespace} AS namespace_page, {name} AS dataset_page "
        "FROM record, jsonb_array_elements(document->'{key}') AS entry"
    )
    pages = {"namespace": segment("entry->>'namespace'"), "name": segment("entry->>'name'")}
    select = " UNION ALL ".join(
        parts.format(way=way, key=key, **pages) for way, key in (("read", "inputs"), ("written", "outputs"))
    )
    console = f"/datasets/{links.field('namespace_page')}/{links.field('dataset_page')}"
    marquez = f"/lineage/dataset/{links.field('namespace')}/{links.field('dataset')}"
    table = panels.grid(
        "Datasets",
        "What the run read and wrote; a name leads to its page in the console and in Marquez.",
        sql(of_runs(THIS_RUN, select)),
        units={"rows": style.COUNT, "bytes": style.BYTES},
        links={
            "dataset": [
                links.to_console("Dataset in the console", console),
                links.to_marquez("Dataset in Marquez", marquez),
            ]
        },
    )
    return panels.hidden(table, "namespace_page", "dataset_page")


def _pipeline() -> list[tuple[int, Panel]]:
    of = 'pipeline="$pipeline"'
    rate = panels.chart(
        "Throughput",
        "Records a second of the run's pipeline, by stage.",
        style.RECORDS_PER_SECOND,
        promql(f"pipeline_stage:events_processed:rate5m{{{of}}}", "{{stage}}"),
        links=[links.to_dashboard("Data pipelines", identity.PIPELINES, "pipeline")],
    )
    buckets = f"sum by (stage, le) (rate(processing_duration_seconds_bucket{{{of}}}[5m]))"
    durations = panels.chart(
        "Duration of stages: P95",
        "How long 95 of 100 stages of the pipeline take at most; a point is the trace of one.",
        style.SECONDS,
        promql(f"histogram_quantile(0.95, {buckets}) >= 0", "{{stage}}", exemplars=True),
    )
    complete = 'pipeline="$pipeline",outcome="complete"'
    usual = panels.number(
        "Usual duration",
        "Mean duration of the pipeline's complete runs of the last day.",
        style.SECONDS,
        latest(
            f"sum(increase(pipeline_run_duration_seconds_sum{{{complete}}}[1d])) / "
            f"(sum(increase(pipeline_run_duration_seconds_count{{{complete}}}[1d])) > 0)"
        ),
    )
    return [(10, rate), (10, durations), (4, usual)]

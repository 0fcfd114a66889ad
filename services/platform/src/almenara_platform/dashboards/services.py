"""Services: requests, errors and durations, from the span metrics of the Collector."""

from __future__ import annotations

from almenara_platform.dashboards import annotations, identity, links, panels, style, variables
from almenara_platform.dashboards.board import Board, Line, Section
from almenara_platform.dashboards.config import Config
from almenara_platform.dashboards.panels import Panel
from almenara_platform.dashboards.queries import latest, log_counts, logql, promql, rows, traces
from almenara_platform.dashboards.variables import ENVIRONMENT, IN_ENVIRONMENT, where_target

CALLS = "traces_span_metrics_calls_total"
BUCKETS = "traces_span_metrics_duration_seconds_bucket"
ENTRY = 'service_name=~"$service",span_kind=~"SPAN_KIND_SERVER|SPAN_KIND_CONSUMER"'
FAILED = ENTRY + ',status_code="STATUS_CODE_ERROR"'
BY_OPERATION = "service_name, span_name"
LINES = f'{{service_name=~"$service"}} | {ENVIRONMENT}=~"$environment"'
CHOSEN = where_target(f'{ENVIRONMENT}=~"$environment",service_name=~"$service"')


def board(config: Config) -> Board:
    """The dashboard ``almenara-services``."""
    return Board(
        uid=identity.SERVICES,
        title="Services (RED)",
        question="How many requests come, how many fail, how long do they take?",
        first=[_figures(), Line(8, [(12, _requests()), (12, _errors())]), Line(8, [(24, _durations())])],
        sections=[
            Section("Operations", [Line(10, [(14, _operations()), (10, _slowest())])]),
            Section("Errors in the logs", [Line(10, [(12, _error_lines()), (12, _log_volume())])]),
            Section("HTTP, as the services count it", [Line(8, [(12, _http()), (12, _in_flight())])]),
            Section("Traces", [Line(10, [(24, _traces())])]),
        ],
        variables=[variables.environment(), variables.service(), variables.address("console")],
        annotations=[
            annotations.runs(annotations.EVERY),
            annotations.deployments(),
            annotations.alerts('alertname=~".+"'),
        ],
        links=[links.console("Traces in the console", "/traces")],
        since="now-1h",
    )


def _rate(matchers: str, by: str = "service_name") -> str:
    return f"sum by ({by}) (rate({CALLS}{{{matchers}}}[$__rate_interval]) {IN_ENVIRONMENT})"


def _share(by: str = "service_name") -> str:
    # Nothing failed is 0, not nothing.
    failed = f"({_rate(FAILED, by)} or 0 * {_rate(ENTRY, by)})"
    return f"{failed} / ({_rate(ENTRY, by)} > 0)"


def _quantile(share: float, by: str = "service_name", matchers: str = ENTRY) -> str:
    rates = f"sum by ({by}, le) (rate({BUCKETS}{{{matchers}}}[$__rate_interval]) {IN_ENVIRONMENT})"
    return f"histogram_quantile({share}, {rates}) >= 0"


def _figures() -> Line:
    figures = (
        panels.number(
            "Requests",
            "Requests and messages that the chosen services take a second.",
            style.REQUESTS_PER_SECOND,
            promql(f"sum({_rate(ENTRY)})"),
        ),
        panels.number(
            "Failed",
            "Share of them that ended in an error; the worst service.",
            style.SHARE,
            promql(f"max({_share()})"),
            style.rising(0.01, 0.05),
        ),
        panels.number(
            "P95",
            "How long 95 of 100 of them take at most; the slowest service.",
            style.SECONDS,
            promql(f"max({_quantile(0.95)})"),
            style.P95,
        ),
        panels.number(
            "Services",
            "Services that sent spans.",
            style.COUNT,
            latest(f'count(group by (service_name) ({CALLS}{{service_name=~"$service"}} {IN_ENVIRONMENT}))'),
        ),
    )
    return Line(4, [(6, figure) for figure in figures])


def _ring() -> list[links.Link]:
    lines = '{service_name="' + links.label("service_name") + '"}'
    return [
        links.to_logs("Log lines", lines),
        links.to_console("Traces in the console", f"/traces?service={links.label('service_name')}"),
    ]


def _requests() -> Panel:
    return panels.chart(
        "Requests by service",
        "Requests and messages a second, by service: every one, also those whose trace was not kept.",
        style.REQUESTS_PER_SECOND,
        promql(_rate(ENTRY), "{{service_name}}"),
        links=_ring(),
    )


def _errors() -> Panel:
    chart = panels.chart(
        "Errors by service",
        "Share of requests and messages that ended in an error, by service.",
        style.SHARE,
        promql(_share(), "{{service_name}}"),
        links=_ring(),
    )
    return chart.max(1)


def _durations() -> Panel:
    chart = panels.chart(
        "Duration: P50, P95, P99",
        "How long half, 95 and 99 of 100 requests take at most. A point is the trace of one; a trace that "
        "tail sampling left out cannot be opened.",
        style.SECONDS,
        promql(_quantile(0.5), "P50 {{service_name}}"),
        promql(_quantile(0.95), "P95 {{service_name}}", exemplars=True),
        promql(_quantile(0.99), "P99 {{service_name}}"),
        links=_ring(),
    )
    for name, shade in (("P50", style.P50), ("P95", style.P95), ("P99", style.P99)):
        panels.color(chart, f"/^{name}/", shade)
    return chart


def _operations() -> Panel:
    p95 = _quantile(0.95, BY_OPERATION).replace("$__rate_interval", "$__range")
    counted = f"sum by ({BY_OPERATION}) (increase({CALLS}{{{ENTRY}}}[$__range]) {IN_ENVIRONMENT})"
    failed = f"sum by ({BY_OPERATION}) (increase({CALLS}{{{FAILED}}}[$__range]) {IN_ENVIRONMENT})"
    table = panels.grid(
        "Operations",
        "Each operation over the time range: how often, how many failed, how slow.",
        rows(counted),
        rows(f"{failed} or 0 * {counted}"),
        rows(p95),
        units={"requests": style.COUNT, "failed": style.COUNT, "P95": style.SECONDS},
        links={
            "operation": [
                links.to_console(
                    "Where its time goes",
                    f"/operations?service={links.field('service')}&operation={links.field('operation')}",
                )
            ],
            "service": [
                links.to_dashboard(
                    "This service", identity.SERVICES, "environment", service=links.field("service")
                )
            ],
        },
    )
    return panels.merged(
        table,
        {
            "service_name": "service",
            "span_name": "operation",
            "Value #A": "requests",
            "Value #B": "failed",
            "Value #C": "P95",
        },
    )


def _slowest() -> Panel:
    every = 'service_name=~"$service"'
    p95 = _quantile(0.95, BY_OPERATION, every).replace("$__rate_interval", "$__range")
    return panels.bars(
        "Slowest spans",
        "P95 of the ten slowest spans of any kind over the time range, stages of pipelines included.",
        style.SECONDS,
        latest(f"sort_desc(topk(10, {p95}))", "{{service_name}} {{span_name}}"),
        links=_ring(),
    )


def _traces() -> Panel:
    table = panels.grid(
        "Newest traces of ${service}",
        "Traces with a span of the service; one table for each chosen service. Runs, errors and what is slow "
        "are always there; of the rest tail sampling keeps a tenth, so that a quiet service may have none.",
        traces("${service}"),
        units={},
        links={"Trace ID": links.trace_links("traceID")},
    )
    return table.repeat("service").repeat_direction("h").max_per_row(2)


def _error_lines() -> Panel:
    return panels.log_lines(
        "Errors in the logs",
        "Log lines of level error and above, newest first. Empty when there are none.",
        logql(f'{LINES} | severity_text=~"ERROR|CRITICAL"'),
    )


def _http() -> Panel:
    rate = f"rate(http_server_request_duration_seconds_bucket[$__rate_interval]) {CHOSEN}"
    rates = f"sum by (job, route, le) ({rate})"
    return panels.chart(
        "HTTP P95 by route",
        "How long 95 of 100 requests to a route take at most, timed inside the service.",
        style.SECONDS,
        promql(f"histogram_quantile(0.95, {rates}) >= 0", "{{job}} {{route}}", exemplars=True),
    )


def _in_flight() -> Panel:
    return panels.chart(
        "HTTP requests in progress",
        "Requests being answered.",
        style.COUNT,
        promql(f"sum by (job) (http_server_active_requests {CHOSEN})", "{{job}}"),
    )


def _log_volume() -> Panel:
    chart = panels.chart(
        "Log lines by level",
        "How many lines the chosen services write.",
        style.COUNT,
        log_counts(f"sum by (severity_text) (count_over_time({LINES} [$__auto]))", "{{severity_text}}"),
    )
    for level, shade in (
        ("ERROR|CRITICAL", style.BAD),
        ("WARNING", style.WARNING),
        ("INFO", style.VOLUME),
        ("DEBUG|TRACE", style.QUIET),
    ):
        panels.color(chart, f"/^({level})$/", shade)
    return panels.stacked(chart)

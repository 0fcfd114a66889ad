"""Platform: is Almenara itself healthy?"""

from __future__ import annotations

from almenara_platform.dashboards import annotations, identity, links, panels, style, variables
from almenara_platform.dashboards.board import Board, Line, Section
from almenara_platform.dashboards.config import Config
from almenara_platform.dashboards.panels import Panel
from almenara_platform.dashboards.queries import latest, promql, rows

RESIDENT = {
    "platform": 'process_resident_memory_bytes{job="platform"}',
    "sample-api": 'process_resident_memory_bytes{job="sample-api"}',
    "worker-etl": 'process_resident_memory_bytes{job="worker-etl"}',
    "prometheus": 'process_resident_memory_bytes{job="prometheus"}',
    "alertmanager": 'process_resident_memory_bytes{job="alertmanager"}',
    "grafana": 'process_resident_memory_bytes{job="grafana"}',
    "loki": 'process_resident_memory_bytes{job="loki"}',
    "otel-collector": 'otelcol_process_memory_rss{job="otel-collector"}',
    "jaeger": 'otelcol_process_memory_rss_bytes{job="jaeger"}',
    "marquez": 'jvm_memory_bytes_committed{job="marquez",area="heap"}',
    "valkey": 'redis_memory_used_rss_bytes{job="valkey"}',
}
"""Service of the compose file to the memory that it reports of itself, in bytes."""

CANARY_SECONDS = 240
"""What the alert CanaryFailed compares with."""

DISKS = 'fstype!~"tmpfs|ramfs|overlay|squashfs|iso9660|vfat"'


def board(config: Config) -> Board:
    """The dashboard ``almenara-platform``."""
    return Board(
        uid=identity.PLATFORM,
        title="Platform",
        question="Is Almenara itself healthy: up, within its limits, losing nothing?",
        first=[
            _figures(),
            Line(9, [(14, _up()), (10, _memory(config))]),
            Line(8, [(12, _queues()), (12, _drops())]),
        ],
        sections=[
            Section("Ingestion", [Line(8, [(8, _collector()), (8, _loki()), (8, _prometheus())])]),
            Section(
                "Outside probes and start-up",
                [Line(9, [(7, _probes()), (6, _startup()), (6, _started()), (5, _canary())])],
            ),
            Section("Alerts", [Line(8, [(16, _alerts()), (8, _alertmanager())])]),
            Section("Stores and disks", [Line(8, [(8, _stores()), (8, _disks()), (8, _databases())])]),
            Section("Telemetry of the services", [Line(8, [(12, _sent()), (12, _rules())])]),
        ],
        variables=[variables.address("console")],
        annotations=[
            annotations.runs(annotations.EVERY),
            annotations.deployments(),
            annotations.alerts('pipeline="platform"'),
        ],
        links=[links.console("Alerts in the console", "/alerts?pipeline=platform"), *links.alertmanager()],
        since="now-3h",
    )


def _figures() -> Line:
    failed = " + ".join(f"(sum(rate({name}[5m])) or vector(0))" for name in _LOST)
    figures = (
        panels.number(
            "Components down",
            "Components that Prometheus cannot scrape.",
            style.COUNT,
            latest("count(up == 0) or vector(0)"),
            style.steps(style.GOOD, (1, style.BAD)),
        ),
        panels.number(
            "Alerts that fire",
            "Alerts on the platform itself; the watchdog, which always fires, is not counted.",
            style.COUNT,
            latest(
                'count(ALERTS{alertstate="firing",pipeline="platform",alertname!="Watchdog"}) or vector(0)'
            ),
            style.steps(style.GOOD, (1, style.BAD)),
        ),
        panels.number(
            "Signals lost",
            "Spans and log records a second that the Collector could neither keep nor send.",
            style.PER_SECOND,
            promql(failed),
            style.steps(style.GOOD, (0.001, style.BAD)),
        ),
        panels.number(
            "Fullest queue",
            "How full the fullest queue of the Collector is; CollectorQueueFilling alerts on half.",
            style.SHARE,
            promql("max(otelcol_exporter_queue_size / (otelcol_exporter_queue_capacity > 0))"),
            style.rising(0.25, 0.5),
        ),
        panels.number(
            "Scrapes that failed",
            "Share of the last day's scrapes of all components that failed.",
            style.SHARE,
            latest("1 - avg(avg_over_time(up[1d]))"),
            style.rising(0.01, 0.05),
        ),
        panels.number(
            "Fullest disk",
            "How full the fullest disk is; VolumeFillingUp alerts on nine tenths.",
            style.SHARE,
            promql(f"max({_full()})"),
            style.rising(0.67, 0.9),
        ),
    )
    return Line(4, [(4, figure) for figure in figures])


_LOST = (
    "otelcol_exporter_enqueue_failed_spans",
    "otelcol_exporter_enqueue_failed_log_records",
    "otelcol_exporter_send_failed_spans",
    "otelcol_exporter_send_failed_log_records",
)


def _full() -> str:
    return f"1 - node_filesystem_avail_bytes{{{DISKS}}} / (node_filesystem_size_bytes{{{DISKS}}} > 0)"


def _up() -> Panel:
    return panels.up_timeline(
        "Components",
        "Whether each component answers Prometheus.",
        promql("min by (job) (up)", "{{job}}"),
    )


def _memory(config: Config) -> Panel:
    queries = [
        latest(f"{expr} / {config.memory_limits[service]}", service) for service, expr in RESIDENT.items()
    ]
    return panels.bars(
        "Memory against limit",
        "What each component takes up, as a share of its limit in docker-compose.yml; at 100 % it is killed. "
        "PostgreSQL and Marquez' web do not report theirs.",
        style.SHARE,
        *queries,
        color=style.rising(0.8, 0.95),
    ).max(1)


def _queues() -> Panel:
    chart = panels.chart(
        "Queues of the Collector",
        "Batches that wait on disk for Jaeger and Loki, as a share of the room.",
        style.SHARE,
        promql(
            "max by (exporter) (otelcol_exporter_queue_size / (otelcol_exporter_queue_capacity > 0))",
            "{{exporter}}",
        ),
    )
    return panels.limit(chart, style.steps(style.GOOD, (0.5, style.BAD)))


def _drops() -> Panel:
    # A counter of losses is not there before the first loss.
    none = "0 * sum by (exporter) (otelcol_exporter_queue_capacity)"
    words = ("spans without room", "log records without room", "spans not sent", "log records not sent")
    queries = [
        promql(f"sum by (exporter) (rate({name}[$__rate_interval])) or {none}", f"{word} {{{{exporter}}}}")
        for name, word in zip(_LOST, words, strict=True)
    ]
    return panels.chart(
        "Lost by the Collector",
        "What the Collector gave up a second. Anything above 0 is lost for good.",
        style.PER_SECOND,
        *queries,
        promql(
            "sum by (receiver) (rate(otelcol_receiver_refused_spans[$__rate_interval]))",
            "spans refused {{receiver}}",
        ),
    )


def _collector() -> Panel:
    return panels.chart(
        "Through the Collector",
        "Spans and log records a second: taken in, and sent on. Tail sampling leaves out spans on purpose.",
        style.PER_SECOND,
        promql(
            'sum(rate(otelcol_receiver_accepted_spans{job="otel-collector"}[$__rate_interval]))', "spans in"
        ),
        promql("sum(rate(otelcol_exporter_sent_spans[$__rate_interval]))", "spans out"),
        promql("sum(rate(otelcol_receiver_accepted_log_records[$__rate_interval]))", "log records in"),
        promql("sum(rate(otelcol_exporter_sent_log_records[$__rate_interval]))", "log records out"),
    )


def _loki() -> Panel:
    return panels.chart(
        "Loki ingestion",
        "Bytes of log lines and of their fields that Loki takes in a second.",
        style.BYTES_PER_SECOND,
        promql("sum(rate(loki_distributor_bytes_received_total[$__rate_interval]))", "lines"),
        promql(
            "sum(rate(loki_distributor_structured_metadata_bytes_received_total[$__rate_interval]))", "fields"
        ),
    )


def _prometheus() -> Panel:
    return panels.chart(
        "Prometheus ingestion",
        "Samples that Prometheus takes in a second.",
        style.PER_SECOND,
        promql("sum(rate(prometheus_tsdb_head_samples_appended_total[$__rate_interval]))", "samples"),
    )


def _probes() -> Panel:
    return panels.up_timeline(
        "Health addresses",
        "What each component says of its own health, asked from outside.",
        promql('min by (target) (probe_success{job="probe"})', "{{target}}"),
    )


def _startup() -> Panel:
    return panels.bars(
        "Start-up",
        "How long after its last start each component first answered Prometheus, which asks every 15 s: that "
        "much too long at most. `make up` prints how long each took to be healthy.",
        style.SECONDS,
        latest("sort_desc(max by (job) (instance:startup_seconds:first_answer))", "{{job}}"),
    )


def _started() -> Panel:
    return panels.bars(
        "Up since",
        "How long each process has run: a short bar has just been started.",
        style.SECONDS,
        latest("sort_desc(time() - max by (job) (instance:process_start_time_seconds:last))", "{{job}}"),
    )


def _canary() -> Panel:
    return panels.bars(
        "Canary",
        "How long ago the platform last wrote a test signal and read it back, which it does every minute; "
        "CanaryFailed alerts on the limit.",
        style.SECONDS,
        latest(
            "time() - max by (signal) (almenara_canary_last_success_timestamp_seconds)",
            "{{signal}}",
        ),
        color=style.rising(CANARY_SECONDS / 2, CANARY_SECONDS),
    )


def _alerts() -> Panel:
    table = panels.grid(
        "Alerts",
        "Alerts on the platform and on pipelines that fire or wait to; the watchdog always fires.",
        rows("ALERTS"),
        units={},
        links={
            "pipeline": [
                links.to_console("Alerts in the console", f"/alerts?pipeline={links.field('pipeline')}")
            ],
            "alert": [
                links.to_console("Runbook", f"/runbooks/{links.field('alert')}"),
                links.silence(alertname=links.field("alert"), pipeline=links.field("pipeline")),
            ],
        },
    )
    names = {"alertname": "alert", "pipeline": "pipeline", "severity": "severity", "team": "team"}
    return panels.columns(table, {**names, "alertstate": "state"})


def _alertmanager() -> Panel:
    chart = panels.chart(
        "At the Alertmanager",
        "Alerts by what becomes of them: active ones are told to somebody, suppressed ones are silenced or "
        "inhibited by a graver one.",
        style.COUNT,
        promql("sum by (state) (alertmanager_alerts)", "{{state}}"),
    )
    return panels.color(panels.color(chart, "/^active$/", style.BAD), "/^suppressed$/", style.QUIET)


def _stores() -> Panel:
    return panels.chart(
        "Stores of the platform",
        "Bytes that runs, spans and logs take up in the platform's own stores.",
        style.BYTES,
        promql("sum by (signal) (almenara_platform_store_size_bytes)", "{{signal}}"),
        promql("sum(prometheus_tsdb_storage_blocks_bytes)", "Prometheus' blocks"),
    )


def _disks() -> Panel:
    chart = panels.chart(
        "Disks",
        "How full each disk is.",
        style.SHARE,
        promql(f"max by (device) ({_full()})", "{{device}}"),
    )
    return panels.limit(chart.max(1), style.steps(style.GOOD, (0.9, style.BAD)))


def _databases() -> Panel:
    return panels.chart(
        "PostgreSQL",
        "Size of each database.",
        style.BYTES,
        promql('pg_database_size_bytes{datname!~"template.*|postgres"}', "{{datname}}"),
    )


def _sent() -> Panel:
    return panels.chart(
        "Sent by the services",
        "Signals a second that services delivered, that they had to send again, and that they gave up.",
        style.PER_SECOND,
        promql("sum by (signal) (rate(almenara_signals_sent_total[$__rate_interval]))", "{{signal}}"),
        promql(
            "sum by (signal) (rate(almenara_send_failures_total[$__rate_interval]))",
            "requests retried {{signal}}",
        ),
        promql(
            "sum by (signal) (rate(almenara_signals_dropped_total[$__rate_interval])) "
            "or 0 * sum by (signal) (almenara_signals_sent_total)",
            "given up {{signal}}",
        ),
    )


def _rules() -> Panel:
    return panels.chart(
        "Rules and notifications",
        "Evaluations of rules and notifications that failed, a second.",
        style.PER_SECOND,
        promql("sum(rate(prometheus_rule_evaluation_failures_total[$__rate_interval]))", "rules"),
        promql(
            "sum by (integration) (rate(alertmanager_notifications_failed_total[$__rate_interval]))",
            "notifications {{integration}}",
        ),
    )

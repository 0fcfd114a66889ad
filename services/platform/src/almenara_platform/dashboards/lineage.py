"""Lineage health: does lineage arrive, and does it get to everywhere it should?"""

from __future__ import annotations

from almenara_platform.dashboards import annotations, identity, links, panels, style, variables
from almenara_platform.dashboards.board import Board, Line, Section
from almenara_platform.dashboards.config import Config
from almenara_platform.dashboards.panels import Panel
from almenara_platform.dashboards.queries import promql, sql

STUCK_SECONDS = 600
"""What the alert LineageOutboxStuck compares with."""

RECEIVED = "received_at BETWEEN ${__from} * 1000 AND ${__to} * 1000"


def board(config: Config) -> Board:
    """The dashboard ``almenara-lineage``."""
    return Board(
        uid=identity.LINEAGE,
        title="Lineage health",
        question="Does lineage arrive, and does it get to everywhere it should?",
        first=[
            _figures(),
            Line(8, [(12, _events()), (12, _outbox())]),
            Line(8, [(12, _lag()), (12, _marquez())]),
        ],
        sections=[
            Section("What is known", [Line(9, [(10, _stored()), (14, _emitters())])]),
            Section("Sending", [Line(8, [(12, _failures()), (12, _sizes())])]),
        ],
        variables=[variables.address("console"), variables.address("marquez")],
        annotations=[
            annotations.runs(annotations.EVERY),
            annotations.deployments(),
            annotations.alerts('pipeline="platform"'),
        ],
        links=[
            links.console("Datasets in the console", "/datasets"),
            links.Link("Marquez").type(links.DashboardLinkType.LINK).url("${marquez}").target_blank(True),
        ],
    )


def _figures() -> Line:
    accepted = 'almenara_platform_signals_accepted_total{signal="lineage"}'
    rejected = 'almenara_platform_signals_rejected_total{signal="lineage"}'
    figures = (
        panels.number(
            "Events of the last hour",
            "Lineage events that the platform stored.",
            style.COUNT,
            promql(f"sum(increase({accepted}[1h]))"),
        ),
        panels.number(
            "Refused in the last hour",
            "Lineage events that were refused for their own fault.",
            style.COUNT,
            promql(f"sum(increase({rejected}[1h]))"),
            style.steps(style.GOOD, (0.5, style.BAD)),
        ),
        panels.number(
            "Waiting",
            "Events in the outbox that wait to be forwarded.",
            style.COUNT,
            promql("sum(almenara_outbox_pending) or vector(0)"),
            style.WAITING,
        ),
        panels.number(
            "Lag",
            "How long the oldest waiting event has waited; LineageOutboxStuck alerts on the limit.",
            style.SECONDS,
            promql("max(almenara_outbox_oldest_age_seconds) or vector(0)"),
            style.rising(STUCK_SECONDS / 10, STUCK_SECONDS),
        ),
        panels.number(
            "Dead letters",
            "Events that were refused for good: look at them with `almenara outbox`, mend and replay them.",
            style.COUNT,
            promql("sum(almenara_outbox_dead_letters) or vector(0)"),
            style.steps(style.GOOD, (1, style.BAD)),
        ),
        panels.number(
            "Datasets",
            "Datasets that runs have read or written.",
            style.COUNT,
            sql("SELECT count(*) AS datasets FROM datasets"),
        ),
    )
    return Line(4, [(4, figure) for figure in figures])


def _events() -> Panel:
    rate = 'sum(rate(almenara_platform_signals_{}_total{{signal="lineage"}}[$__rate_interval]))'
    chart = panels.chart(
        "Events",
        "Lineage events a second that were stored, and that were refused for their own fault.",
        style.EVENTS_PER_SECOND,
        promql(rate.format("accepted"), "stored"),
        promql(rate.format("rejected"), "refused"),
    )
    return panels.color(panels.color(chart, "/^stored/", style.VOLUME), "/^refused/", style.BAD)


def _outbox() -> Panel:
    chart = panels.chart(
        "Outbox",
        "Events that wait for each destination, and those that it will never take.",
        style.COUNT,
        promql("max by (destination) (almenara_outbox_pending)", "waiting for {{destination}}"),
        promql("max by (destination) (almenara_outbox_dead_letters)", "dead letters of {{destination}}"),
    )
    return panels.color(panels.color(chart, "/^waiting/", style.WAITING), "/^dead/", style.BAD)


def _lag() -> Panel:
    chart = panels.chart(
        "Lag by destination",
        "How long the oldest waiting event has waited. Dashed: what LineageOutboxStuck alerts on.",
        style.SECONDS,
        promql("max by (destination) (almenara_outbox_oldest_age_seconds)", "{{destination}}"),
    )
    return panels.limit(chart, style.steps(style.GOOD, (STUCK_SECONDS, style.BAD)))


def _marquez() -> Panel:
    return panels.up_timeline(
        "Marquez",
        "Whether Marquez answers, from inside and as it says of itself.",
        promql('max by (job) (up{job="marquez"} or probe_success{job="probe",target="marquez"})', "{{job}}"),
    )


def _stored() -> Panel:
    return panels.grid(
        "What is known",
        "How much the platform knows: datasets, jobs, runs and the events they came from.",
        sql(
            "SELECT 'datasets' AS what, count(*) AS count FROM datasets UNION ALL "
            "SELECT 'jobs', count(*) FROM jobs UNION ALL SELECT 'runs', count(*) FROM runs UNION ALL "
            "SELECT 'events', count(*) FROM events WHERE NOT heartbeat UNION ALL "
            "SELECT 'heartbeats', count(*) FROM events WHERE heartbeat"
        ),
        units={"count": style.COUNT},
    )


def _emitters() -> Panel:
    return panels.grid(
        "Emitters",
        "Whose lineage arrived in the time range: runs and events of each pipeline.",
        sql(
            "SELECT r.namespace, r.pipeline, count(DISTINCT r.run_id) AS runs, count(*) AS events, "
            "to_timestamp(max(e.received_at) / 1e6) AS latest "
            f"FROM events AS e JOIN runs AS r USING (run_id) WHERE e.{RECEIVED} "
            "GROUP BY r.namespace, r.pipeline ORDER BY events DESC LIMIT 100"
        ),
        units={"runs": style.COUNT, "events": style.COUNT},
        links={
            "pipeline": [
                links.to_dashboard("Data pipelines", identity.PIPELINES, pipeline=links.field("pipeline")),
                links.to_console("Runs in the console", f"/runs?pipeline={links.field('pipeline')}"),
            ]
        },
    )


def _failures() -> Panel:
    return panels.chart(
        "Trouble in sending",
        "Requests with lineage that services could not deliver and try again, and events given up.",
        style.PER_SECOND,
        promql(
            'sum by (job) (rate(almenara_send_failures_total{signal="lineage"}[$__rate_interval]))',
            "retried by {{job}}",
        ),
        promql(
            'sum by (job) (rate(almenara_signals_dropped_total{signal="lineage"}[$__rate_interval])) '
            'or 0 * sum by (job) (almenara_signals_sent_total{signal="lineage"})',
            "given up by {{job}}",
        ),
    )


def _sizes() -> Panel:
    return panels.chart(
        "Spool and store",
        "Unsent signals on the disks of services, and what the platform's store of lineage takes up.",
        style.BYTES,
        promql("sum by (job) (almenara_spool_size_bytes)", "spool of {{job}}"),
        promql('sum(almenara_platform_store_size_bytes{signal="lineage"})', "store"),
    )

"""Alerts: what fires, whom it reaches, and the runs behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from nicegui import ui

from almenara_platform.alerts.model import WATCHDOG, Alert, Reach
from almenara_platform.alerts.port import AlertQuery
from almenara_platform.alerts.runs import runs_behind
from almenara_platform.platform import Platform
from almenara_platform.reliability import Reliability
from almenara_platform.runs.model import Run
from almenara_platform.ui import format as fmt
from almenara_platform.ui import links
from almenara_platform.ui.components import messages
from almenara_platform.ui.components.blast_radius import blast_radius
from almenara_platform.ui.components.figures import Figure, LiveMark, figures
from almenara_platform.ui.components.live import REFRESH_SECONDS, Live
from almenara_platform.ui.components.pane import Pane
from almenara_platform.ui.components.panels import panel
from almenara_platform.ui.components.run_rows import run_row
from almenara_platform.ui.components.shell import shell
from almenara_platform.ui.components.table import Cell, Column, DataTable, Row, state, when
from almenara_platform.ui.components.text import heading, text
from almenara_platform.ui.console import Console, current
from almenara_platform.ui.states import Look
from almenara_platform.ui.table_columns import RUNS

LISTED = 200
SILENT_AFTER = timedelta(minutes=15)
"""The Watchdog is told every five minutes: after three times nobody would be told of anything."""

FIRING = {
    "critical": Look("Critical", "error", "fail"),
    "warning": Look("Warning", "warning", "warn"),
}
OTHER = Look("Firing", "notifications", "run")
RESOLVED = Look("Resolved", "check_circle", "ok")
ALERTS = (
    Column("state", "State", "tight top"),
    Column("what", "What", "top prose"),
    Column("alert", "Alert", "top"),
    Column("since", "Since", "tight top", sortable=True),
    Column("lasted", "Lasted", "tight top"),
    Column("reach", "Affected", "top"),
    Column("runbook", "Runbook", "tight top"),
)


@dataclass(frozen=True, slots=True)
class Known:
    """What the page shows: alerts, the last Watchdog, and for pipelines with firing alerts their runs."""

    alerts: Sequence[Alert]
    watchdog: Alert | None
    runs: dict[str, Sequence[Run]]


@ui.page(links.ALERTS)
async def alerts_page(pipeline: str = "") -> None:
    """The page ``/alerts``; ``pipeline`` keeps only the alerts of one."""
    console = current()
    with shell("Alerts"):
        await Pane(lambda: known(console, pipeline), lambda found: AlertList(found, pipeline)).load()


def known(console: Console, pipeline: str) -> Known:
    """Ask the stores."""
    return _known(console.watch, console.platform, pipeline)


def _known(watch: Reliability, platform: Platform, pipeline: str) -> Known:
    found = watch.alerts.alerts(AlertQuery(pipeline=pipeline or None, limit=LISTED)).items
    listed = [alert for alert in found if alert.name != WATCHDOG]
    watchdog = next(iter(watch.alerts.alerts(AlertQuery(name=WATCHDOG, limit=1)).items), None)
    runs = {alert.pipeline: runs_behind(platform.lineage, alert) for alert in listed if alert.firing}
    return Known(sorted(listed, key=lambda alert: not alert.firing), watchdog, runs)


class AlertList:
    """The content of the page, kept up to date in place."""

    def __init__(self, first: Known, pipeline: str) -> None:
        self._console = current()
        self._pipeline = pipeline
        with ui.element("div").classes("al-head"):
            heading(f"Alerts of {pipeline}" if pipeline else "Alerts", 1)
            if pipeline:
                messages.link_button("All alerts", links.ALERTS, "list")
            mark = LiveMark()
        with figures():
            self._firing = Figure("Firing")
            self._critical = Figure("Critical")
            self._alerting = Figure("Alerting")
        with panel("Alerts"):
            self._table = DataTable("Alerts", ALERTS)
            self._empty = messages.message("notifications_off", "All quiet", "No alert has come so far.")
        self._affected = ui.element("div").classes("al-pane")
        self._drawn: list[tuple[str, Reach, str, tuple[str, ...]]] | None = None
        self._show(first)
        Live(lambda: known(self._console, pipeline), self._show, mark, REFRESH_SECONDS)

    def _show(self, found: Known) -> bool:
        now = self._console.clock()
        firing = [alert for alert in found.alerts if alert.firing]
        critical = sum(alert.severity == "critical" for alert in firing)
        self._firing.show(fmt.count(len(firing)), tone="warn" if firing else "ok")
        self._critical.show(fmt.count(critical), tone="fail" if critical else "ok")
        self._alerting.show(*alerting(found.watchdog, now))
        self._table.show([_row(alert, now) for alert in found.alerts])
        self._table.set_visibility(bool(found.alerts))
        self._empty.set_visibility(not found.alerts)
        self._show_affected(firing, found.runs, now)
        return True

    def _show_affected(self, firing: Sequence[Alert], runs: dict[str, Sequence[Run]], now: datetime) -> None:
        told = {alert.pipeline: alert for alert in firing if alert.pipeline}
        wanted = [
            (
                name,
                alert.reach,
                in_words(alert),
                tuple(f"{run.run_id} {run.state}" for run in runs.get(name, ())),
            )
            for name, alert in told.items()
        ]
        if wanted == self._drawn:
            return
        self._drawn = wanted
        self._affected.clear()
        with self._affected:
            for name, reach, words, _ in wanted:
                _affected(name, reach, words, runs.get(name, ()), now)


def in_words(alert: Alert) -> str:
    """Whom an alert without lineage says to affect, such as one on the platform; empty when it does not."""
    return "" if alert.reach.known else alert.annotations.get("blast_radius", "").strip()


def alerting(watchdog: Alert | None, now: datetime) -> tuple[str, str, str]:
    """Whether alerts would come at all: word, explanation and tone."""
    if watchdog is None:
        return "Unknown", "no Alertmanager has reported yet", "warn"
    heard = fmt.ago(watchdog.received_at, now)
    if now - watchdog.received_at > SILENT_AFTER:
        return "Silent", f"Alertmanager was last heard {heard}", "fail"
    return "Works", f"Alertmanager was heard {heard}", "ok"


def _affected(pipeline: str, reach: Reach, words: str, runs: Sequence[Run], now: datetime) -> None:
    with panel(f"Blast radius of {pipeline}"), ui.element("div").classes("al-panel-body al-pane"):
        blast_radius(reach, words)
        if runs:
            text("Runs behind it", "p").classes("al-quiet")
            DataTable(f"Runs of {pipeline}", RUNS).show([run_row(run, now) for run in runs])


def _row(alert: Alert, now: datetime) -> Row:
    look = FIRING.get(alert.severity, OTHER) if alert.firing else RESOLVED
    end = alert.ends_at or now
    cells: dict[str, Cell] = {
        "state": state(look),
        "alert": {"text": alert.name, "sub": alert.pipeline, "href": links.alerts(pipeline=alert.pipeline)},
        "what": {
            "text": alert.annotations.get("summary", ""),
            "sub": alert.annotations.get("description", ""),
        },
        "since": when(alert.starts_at, now),
        "lasted": fmt.duration((end - alert.starts_at).total_seconds()),
        "reach": reached(alert),
        "runbook": {"text": "Open", "href": links.runbook(alert.name)},
    }
    return Row(f"{alert.fingerprint} {alert.starts_at.isoformat()}", cells)


def reached(alert: Alert) -> Cell:
    """How much the failure behind an alert reaches, and whose it is."""
    reach = alert.reach
    if not reach.known:
        words = in_words(alert)
        return {
            "text": words or "unknown",
            "title": "" if words else "no lineage of this pipeline is known yet",
        }
    counts = f"{fmt.counted(len(reach.datasets), 'dataset')}, {fmt.counted(len(reach.pipelines), 'pipeline')}"
    return {"text": counts, "sub": ", ".join(reach.owners[:3])}

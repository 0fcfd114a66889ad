"""Links between dashboards, which keep time range and variables, and to the pages of console and Marquez."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.dashboard import DashboardLinkType

from almenara_platform.dashboards import identity

TAG = "almenara"
TIME_RANGE = "${__url_time_range}"
_ALERTMANAGER = f"alertmanager={identity.ALERTMANAGER_NAME}"
_PLACEHOLDER = re.compile(r"(\$\{[^}]*\})")

Link = build.DashboardLink


def others() -> Link:
    """The menu of all dashboards of Almenara; time range and variables go along."""
    link = Link("Almenara").type(DashboardLinkType.DASHBOARDS).tags([TAG])
    return link.as_dropdown(True).include_vars(True).keep_time(True)


def console(title: str, path: str) -> Link:
    """A page of the console, in a new tab."""
    link = Link(title).type(DashboardLinkType.LINK).icon("external link")
    return link.url(f"${{console}}{path}").target_blank(True)


def alertmanager() -> list[Link]:
    """Grafana's own pages of the Alertmanager: what it tells whom, and what is silenced."""
    pages = (("Notifications", "groups"), ("Silences", "silences"))
    return [
        Link(title).type(DashboardLinkType.LINK).icon("bell").url(f"/alerting/{page}?{_ALERTMANAGER}")
        for title, page in pages
    ]


def silence(**labels: str) -> Link:
    """Grafana's form for a silence of alerts with these labels, from a value on a panel."""
    matchers = [f"matcher={quote(f'{name}=')}{value}" for name, value in labels.items()]
    return _data("Silence", f"/alerting/silence/new?{'&'.join([_ALERTMANAGER, *matchers])}")


def to_dashboard(title: str, uid: str, *kept: str, **chosen: str) -> Link:
    """Another dashboard at the same time range, from a value on a panel.

    Variables ``kept`` go along as they are, those ``chosen`` are set.
    """
    parts = [TIME_RANGE, *(f"${{{name}:queryparam}}" for name in kept)]
    parts += [f"var-{name}={value}" for name, value in chosen.items()]
    return _data(title, f"/d/{uid}?{'&'.join(parts)}")


def to_console(title: str, path: str) -> Link:
    """A page of the console, from a value on a panel."""
    return _data(title, f"${{console}}{path}", new_tab=True)


def to_marquez(title: str, path: str) -> Link:
    """A page of Marquez, from a value on a panel."""
    return _data(title, f"${{marquez}}{path}", new_tab=True)


def label(name: str) -> str:
    """The value of a series' label, in a link."""
    return f"${{__field.labels.{name}:percentencode}}"


def field(name: str) -> str:
    """The value of a row's column, in a link."""
    return f"${{__data.fields.{name}:percentencode}}"


def to_logs(title: str, expr: str) -> Link:
    """The log lines behind a value, in Explore; ``expr`` may hold labels and variables."""
    return _data(title, _explore(identity.LOKI, {"expr": expr, "queryType": "range"}))


def run_links(column: str = "run") -> list[Link]:
    """From the id of a run to everything that is known of it."""
    return [
        to_dashboard("Run", identity.RUN, run_id=field(column)),
        to_console("Run in the console", f"/runs/{field(column)}"),
    ]


def trace_links(column: str = "trace") -> list[Link]:
    """From the id of a trace to its spans."""
    return [
        _data("Trace", _explore(identity.JAEGER, {"query": field(column)})),
        to_console("Trace in the console", f"/traces/{field(column)}"),
    ]


def _data(title: str, url: str, new_tab: bool = False) -> Link:
    return Link(title).type(DashboardLinkType.LINK).url(url).target_blank(new_tab)


def _explore(source: DataSourceRef, query: dict[str, str]) -> str:
    asked = {"refId": "A", "datasource": {"type": source.type_val, "uid": source.uid}, **query}
    times = {"from": "${__from}", "to": "${__to}"}
    pane = {"a": {"datasource": source.uid, "queries": [asked], "range": times}}
    parts = _PLACEHOLDER.split(json.dumps(pane, separators=(",", ":")))
    encoded = "".join(part if _PLACEHOLDER.fullmatch(part) else quote(part) for part in parts)
    return f"/explore?schemaVersion=1&panes={encoded}"

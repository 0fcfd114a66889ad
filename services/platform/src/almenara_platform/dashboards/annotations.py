"""What happened, drawn over every chart: runs, starts of services (deployments) and alerts."""

from __future__ import annotations

from typing import Any

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import dashboard
from grafana_foundation_sdk.models.common import DataSourceRef

from almenara_platform.dashboards import style
from almenara_platform.dashboards.identity import POSTGRESQL, PROMETHEUS
from almenara_platform.dashboards.run_records import CHOSEN, IN_RANGE

EVERY = "TRUE"
"""SQL for the runs of all pipelines, where a dashboard has no choice of them."""

APPLICATIONS = "platform|sample-api|worker-etl"


class Annotation(dashboard.AnnotationQuery):
    """An annotation with the fields of its datasource, which the SDK leaves out."""

    def __init__(self, own: dict[str, Any], **known: Any) -> None:
        super().__init__(**known)
        self._own = own

    def to_json(self) -> dict[str, object]:
        """As Grafana keeps it."""
        return {**super().to_json(), **self._own}


class _Given(build.AnnotationQuery):
    def __init__(self, annotation: Annotation) -> None:
        super().__init__()
        self._internal = annotation


def _annotation(name: str, color: str, source: DataSourceRef, **own: Any) -> _Given:
    known = {"name": name, "datasource": source, "enable": True, "icon_color": color}
    return _Given(Annotation(own, **known))


def runs(where: str = CHOSEN) -> build.AnnotationQuery:
    """Each run as a region, with its state."""
    text = (
        "SELECT to_timestamp(listed_at / 1e6) AS time, "
        "to_timestamp(coalesce(ended_at, listed_at) / 1e6) AS timeend, "
        "pipeline || ' ' || lower(state) || ' ' || run_id AS text, 'run,' || lower(state) AS tags "
        f"FROM runs WHERE {where} AND {IN_RANGE} ORDER BY listed_at DESC LIMIT 200"
    )
    target = {"refId": "Anno", "datasource": POSTGRESQL, "format": "table", "rawQuery": True, "rawSql": text}
    return _annotation("Runs", style.RUNNING, POSTGRESQL, target=target)


def deployments() -> build.AnnotationQuery:
    """When a service was started: a deployment, or a restart."""
    return _annotation(
        "Deployments",
        style.QUIET,
        PROMETHEUS,
        expr=f'process_start_time_seconds{{job=~"{APPLICATIONS}"}} * 1000',
        useValueForTime=True,
        titleFormat="{{job}} started",
        tagKeys="job",
        step="60s",
    )


def alerts(matchers: str = 'pipeline=~"$pipeline|platform"') -> build.AnnotationQuery:
    """While an alert fires."""
    return _annotation(
        "Alerts",
        style.BAD,
        PROMETHEUS,
        expr=f'ALERTS{{alertstate="firing",alertname!="Watchdog",{matchers}}}',
        titleFormat="{{alertname}}",
        textFormat="{{pipeline}} {{severity}}",
        tagKeys="severity,team",
        step="60s",
    )

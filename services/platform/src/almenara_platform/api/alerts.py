"""Alerts: taken from Alertmanager, shown with what they reach and the runs behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field

from almenara_platform.alerts.intake import Notification
from almenara_platform.alerts.model import Alert
from almenara_platform.alerts.port import AlertQuery
from almenara_platform.alerts.runs import runs_behind
from almenara_platform.api.access import WRITE_ACCESS
from almenara_platform.api.dependencies import Cursor, Limit, Since, Stores, Until, Watch
from almenara_platform.api.documents import Document, Listing, RunDocument, Time
from almenara_platform.reliability import Reliability
from almenara_platform.runs.model import Run

router = APIRouter(prefix="/api/v1/alerts", tags=["alerts"])
EVERY_ALERT = 10_000


class ReachDocument(Document):
    """What is downstream; ``known`` is false where no lineage could tell."""

    datasets: list[str]
    pipelines: list[str]
    owners: list[str]
    known: bool


class AlertDocument(Document):
    """An alert; ``ends_at`` is null while it fires, ``runs`` are those behind it, newest first."""

    fingerprint: str
    name: str
    pipeline: str
    severity: str
    firing: bool
    starts_at: Time
    ends_at: Time | None
    received_at: Time
    labels: dict[str, str]
    annotations: dict[str, str]
    reach: ReachDocument
    runs: list[RunDocument] = Field(default_factory=list)


@router.post("/webhook", status_code=204, response_class=Response, dependencies=[WRITE_ACCESS])
def webhook(watch: Watch, notification: Notification) -> Response:
    """Take a notification of Alertmanager (webhook, version 4); 204 once it is on disk."""
    watch.intake.take(notification)
    return Response(status_code=204)


@router.get("")
def alerts(
    watch: Watch,
    stores: Stores,
    pipeline: str | None = None,
    name: str | None = None,
    firing: Annotated[bool | None, Query(description="true: firing, false: resolved.")] = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[AlertDocument]:
    """Alerts, newest start first."""
    query = AlertQuery(pipeline, name, firing, since, until, limit, cursor)
    page = watch.alerts.alerts(query)
    items = [_document(alert, runs_behind(stores.lineage, alert)) for alert in page.items]
    return Listing[AlertDocument](items=items, next=page.next)


def every_alert(watch: Reliability) -> Sequence[Alert]:
    """The newest alerts, as many as a review counts."""
    return watch.alerts.alerts(AlertQuery(limit=EVERY_ALERT)).items


def _document(alert: Alert, runs: Sequence[Run]) -> AlertDocument:
    document = AlertDocument.model_validate(alert)
    return document.model_copy(update={"runs": [RunDocument.model_validate(run) for run in runs]})

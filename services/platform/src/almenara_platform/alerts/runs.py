"""The runs that are behind an alert."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from almenara_platform.alerts.model import Alert
from almenara_platform.runs.model import Run
from almenara_platform.slo.model import ALL_PIPELINES
from almenara_platform.store.port import LineageStore, RunQuery

LOOK_BACK = timedelta(days=1)
"""How long before its alert a run may have begun."""

SHOWN = 5


def runs_behind(store: LineageStore, alert: Alert) -> Sequence[Run]:
    """The newest runs of the alert's pipeline that began within a day before it or while it fired.

    An alert on all pipelines has the runs of any.
    """
    if not alert.pipeline:
        return []
    query = RunQuery(
        pipeline=None if alert.pipeline == ALL_PIPELINES else alert.pipeline,
        since=alert.starts_at - LOOK_BACK,
        until=alert.ends_at + timedelta(seconds=1) if alert.ends_at else None,
        limit=SHOWN,
    )
    return store.runs(query).items

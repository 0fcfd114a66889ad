"""The review of one month as data."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from almenara_platform.alerts.model import Alert
from almenara_platform.exceptions import BadRequest
from almenara_platform.slo.budget import remaining
from almenara_platform.slo.status import Detail, Objectives


@dataclass(frozen=True, slots=True)
class Chapter:
    """One objective in the month; ``sli`` and ``remaining`` are shares, None where nothing was measured."""

    detail: Detail
    sli: float | None
    remaining: float | None

    @property
    def kept(self) -> bool | None:
        """Whether the promise was kept; None where nothing was measured."""
        return None if self.remaining is None else self.remaining >= 0


@dataclass(frozen=True, slots=True)
class Review:
    """All objectives in one month; ``until`` is the month's end, or now while it lasts."""

    month: str
    since: datetime
    until: datetime
    chapters: Sequence[Chapter]
    alerts: Sequence[Alert]

    def alerts_of(self, slo_id: str) -> int:
        """How many alerts of an objective came in the month."""
        return sum(alert.labels.get("slo_id") == slo_id for alert in self.alerts)


def month_bounds(month: str) -> tuple[datetime, datetime]:
    """The first moment of a month such as 2026-11 and of the next one, in UTC; raises ``BadRequest``."""
    try:
        first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
        return first, first + timedelta(days=calendar.monthrange(first.year, first.month)[1])
    except (ValueError, OverflowError) as error:
        raise BadRequest(f"{month!r} is not a month; write one such as 2026-11.", "month") from error


def review(objectives: Objectives, month: str, now: datetime, alerts: Sequence[Alert] = ()) -> Review:
    """Compute the review; raises ``BadRequest`` for what is no month or has not begun."""
    since, end = month_bounds(month)
    if since > now:
        raise BadRequest(f"{month} has not begun.", "month")
    until = min(end, now)
    ids = [status.slo.id for status in objectives.all()]
    chapters = [_chapter(objectives.detail(slo_id, since, until)) for slo_id in ids]
    return Review(month, since, until, chapters, [a for a in alerts if since <= a.starts_at < until])


def _chapter(detail: Detail) -> Chapter:
    if not detail.measured.known:
        return Chapter(detail, None, None)
    ratio = detail.measured.error_ratio
    return Chapter(detail, 1 - ratio, remaining(ratio, detail.status.slo.error_budget))

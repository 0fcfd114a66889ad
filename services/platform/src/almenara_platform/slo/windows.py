"""The windows of multi-window, multi-burn-rate alerts.

Source: Google, The Site Reliability Workbook, chapter 5 "Alerting on SLOs", table 5-8 (page at 2 % of a
30-day budget in one hour and 5 % in six, ticket at 10 % in three days, short windows of a twelfth of the
long one).
The second ticket row (10 % in one day) is the one that Sloth adds to the workbook's table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from almenara_platform.slo.duration import parse_duration

PERIOD = "30d"


class Severity(StrEnum):
    """How loudly a burning budget is told."""

    PAGE = "page"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True)
class BurnWindow:
    """Alert when ``budget`` percent of the period's budget went in ``long``, and ``short`` still burns."""

    severity: Severity
    short: str
    long: str
    budget: float

    def factor(self, period: str = PERIOD) -> float:
        """How many times faster than allowed the budget burns at this alert's threshold.

        Never under 1, the speed that just lasts: of a week's budget a tenth is due to go in a day.
        """
        return max(1.0, round(self.budget / 100 * parse_duration(period) / parse_duration(self.long), 6))


BURN_WINDOWS = (
    BurnWindow(Severity.PAGE, short="5m", long="1h", budget=2),
    BurnWindow(Severity.PAGE, short="30m", long="6h", budget=5),
    BurnWindow(Severity.TICKET, short="2h", long="1d", budget=10),
    BurnWindow(Severity.TICKET, short="6h", long="3d", budget=10),
)

RECORDED = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")


def recorded_windows(period: str = PERIOD) -> tuple[str, ...]:
    """Every window over which an SLI is recorded, the period last."""
    return (*RECORDED, period)


def burn_windows(severity: Severity) -> tuple[BurnWindow, ...]:
    """The windows of one severity, fastest first."""
    return tuple(window for window in BURN_WINDOWS if window.severity is severity)

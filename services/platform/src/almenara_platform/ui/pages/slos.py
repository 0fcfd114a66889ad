"""Objectives: where each stands, and for one of them how its budget went and what took it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from nicegui import ui

from almenara_platform.alerts.model import Reach
from almenara_platform.runs.identity import short_id
from almenara_platform.slo.budget import Cost
from almenara_platform.slo.model import ALL_PIPELINES
from almenara_platform.slo.report.words import reason
from almenara_platform.slo.sli import Sli
from almenara_platform.slo.status import Detail, Status
from almenara_platform.slo.windows import RECORDED
from almenara_platform.ui import format as fmt
from almenara_platform.ui import links
from almenara_platform.ui.budget_charts import burn_down
from almenara_platform.ui.components import messages
from almenara_platform.ui.components.blast_radius import blast_radius
from almenara_platform.ui.components.figures import Figure, LiveMark, StateBadge, figures
from almenara_platform.ui.components.live import REFRESH_SECONDS, Live
from almenara_platform.ui.components.pane import Pane
from almenara_platform.ui.components.panels import note, panel
from almenara_platform.ui.components.shell import name_page, shell
from almenara_platform.ui.components.table import Cell, Column, DataTable, Row, number, state, when
from almenara_platform.ui.components.text import heading, text
from almenara_platform.ui.console import current
from almenara_platform.ui.states import Look, of_run

KEPT = Look("Kept", "check_circle", "ok")
AT_RISK = Look("At risk", "warning", "warn")
BROKEN = Look("Budget gone", "error", "fail")
UNMEASURED = Look("Not measured", "remove", "quiet")
OFF = Look("Not enabled", "pause_circle", "quiet")
SHOWN_WINDOWS = ("1h", "6h", "1d", "3d")
LATE = timedelta(days=1)
"""A daily job's first run of a period is no news; a measurement that begins later is."""

OBJECTIVES = (
    Column("objective", "Objective", "prose", sortable=True),
    Column("state", "State", "tight"),
    Column("sli", "Reached", "end", sortable=True),
    Column("promised", "Promised", "end", sortable=True),
    Column("budget", "Budget left", "end", sortable=True),
    *(Column(window, f"Burn {window}", "end", sortable=True) for window in SHOWN_WINDOWS),
    Column("gone", "Gone in", "end", sortable=True),
    Column("team", "Team", sortable=True),
)
COSTS = (
    Column("run", "Run", "tight"),
    Column("state", "State", "tight"),
    Column("when", "When", "tight"),
    Column("share", "Of the budget", "end", sortable=True),
    Column("why", "Why"),
    Column("trace", "Trace", "tight"),
)


@ui.page(links.SLOS)
async def slos_page() -> None:
    """The page ``/slos``."""
    watch = current().watch
    with shell("SLOs"):
        await Pane(watch.objectives.all, ObjectiveList).load()


@ui.page(f"{links.SLOS}/{{slo_id:path}}")
async def slo_page(slo_id: str) -> None:
    """The page ``/slos/{slo_id}``."""
    watch, wanted = current().watch, links.name_of(slo_id)

    def known() -> tuple[Detail, Reach]:
        detail = watch.objectives.detail(wanted)
        return detail, watch.radius.of(detail.status.slo.pipeline)

    with shell("SLO"):
        await Pane(known, lambda found: ObjectiveView(*found)).load()


class ObjectiveList:
    """Every objective in a table that keeps itself up to date."""

    def __init__(self, first: Sequence[Status]) -> None:
        with ui.element("div").classes("al-head"):
            heading("SLOs", 1)
            mark = LiveMark()
        if not first:
            messages.message(
                "flag", "No objectives", "Write one to config/slos and start the platform again."
            )
            mark.hide()
            return
        with panel("Objectives", note="a burn of 1 is the speed that just lasts"):
            self._table = DataTable("Objectives", OBJECTIVES)
        self._show(first)
        Live(current().watch.objectives.all, self._show, mark, REFRESH_SECONDS)

    def _show(self, found: Sequence[Status]) -> bool:
        self._table.show([_row(status) for status in found])
        return True


class ObjectiveView:
    """One objective: figures, burn-down, the runs that cost most and whom their pipeline reaches."""

    def __init__(self, detail: Detail, reach: Reach) -> None:
        slo, now = detail.status.slo, current().clock()
        name_page(slo.id)
        with ui.element("div").classes("al-crumbs"):
            ui.link("SLOs", links.SLOS)
            text("/")
            text(slo.pipeline)
        with ui.element("div").classes("al-head"):
            heading(slo.id, 1)
            StateBadge(look_of(detail.status))
        text(slo.description, "p")
        _figures(detail.status)
        if detail.status.note:
            with note("info", "warn"):
                text(detail.status.note)
        if detail.status.sample and detail.status.sample.is_small:
            with note("info", "quiet"):
                text(f"{detail.status.sample.in_words}. The figures mean more as runs come.")
        if detail.burn_down:
            with panel("Budget left", note=measured_over(slo.period, detail.since, detail.burn_down[0].at)):
                _chart(detail)
        with panel("Burn rates", note="1 is the speed that just lasts"):
            DataTable("Burn rates", _burn_columns(slo.period)).show([_burn_row(detail.status)])
        _costs(slo.sli, detail.costs, now)
        _affected(slo.pipeline, reach)


def measured_over(period: str, since: datetime, begin: datetime) -> str:
    """What time a burn-down is of; where the first measurement is from later than the period, it says so."""
    whole = f"over the last {period}"
    late = begin - since > LATE
    return f"{whole}; nothing was measured before {fmt.absolute(begin)}" if late else whole


def look_of(status: Status) -> Look:
    """How an objective's state looks."""
    if not status.enabled:
        return OFF
    if status.budget_remaining is None:
        return UNMEASURED
    if status.budget_remaining <= 0:
        return BROKEN
    return AT_RISK if status.burn_rates.get("6h", 0) > 1 or status.budget_remaining < 0.25 else KEPT


def share(value: float | None, places: int = 3) -> str:
    """A share as a percentage with the places that objectives have."""
    if value is None:
        return fmt.UNKNOWN
    digits = f"{100 * value:.{places}f}"
    return f"{digits.rstrip('0').rstrip('.') if places else digits} %"


def _row(status: Status) -> Row:
    slo = status.slo
    cells: dict[str, Cell] = {
        "objective": {"text": slo.id, "sub": slo.description, "href": links.slo(slo.id)},
        "state": state(look_of(status), title=status.note),
        "sli": number(status.sli, share(status.sli)) | _of_runs(status),
        "promised": number(slo.objective, f"{slo.objective:g} %"),
        "budget": number(status.budget_remaining, share(status.budget_remaining, 0)) | _few(status),
        "gone": _gone(status),
        "team": slo.team or fmt.UNKNOWN,
    }
    return Row(slo.id, cells | {window: _rate(status, window) for window in SHOWN_WINDOWS})


def _of_runs(status: Status) -> dict[str, str]:
    sample = status.sample
    return {"sub": f"{sample.bad} of {sample.runs} bad", "title": sample.in_words} if sample else {}


def _few(status: Status) -> dict[str, str]:
    sample = status.sample
    return {"sub": "few runs", "title": sample.in_words} if sample and sample.is_small else {}


def _rate(status: Status, window: str) -> Cell:
    rate = status.burn_rates.get(window)
    return number(rate, fmt.UNKNOWN if rate is None else f"{rate:.1f}")


def _gone(status: Status) -> Cell:
    seconds = status.exhausted_in_seconds
    return number(seconds, "gone" if seconds == 0 else fmt.duration(seconds))


def _figures(status: Status) -> None:
    remaining = status.budget_remaining
    with figures():
        Figure("Reached").show(share(status.sli), f"promised {status.slo.objective:g} %")
        tone = "" if remaining is None else "fail" if remaining <= 0 else "ok"
        Figure("Budget left").show(share(remaining, 0), f"over {status.slo.period}", tone)
        seconds = status.exhausted_in_seconds
        Figure("Gone in").show("gone" if seconds == 0 else fmt.duration(seconds), "at the last day's speed")
        if status.sample:
            Figure("Runs").show(fmt.count(status.sample.runs), f"{status.sample.bad} bad")
        Figure("Pipeline").show(status.slo.pipeline)
        Figure("Team").show(status.slo.team or fmt.UNKNOWN)


def _chart(detail: Detail) -> None:
    # Colours are variables of the style sheet, which only SVG understands.
    chart = ui.echart(burn_down(detail.burn_down), renderer="svg").classes("al-chart")
    chart.props["role"] = "img"
    left = share(detail.status.budget_remaining, 0)
    chart.props["aria-label"] = f"Error budget left over time, now {left}"


def _burn_columns(period: str) -> tuple[Column, ...]:
    return tuple(Column(window, window, "end") for window in (*RECORDED, period))


def _burn_row(status: Status) -> Row:
    return Row("burn", {window: _rate(status, window) for window in (*RECORDED, status.slo.period)})


def _costs(sli: Sli, costs: Sequence[Cost], now: datetime) -> None:
    with panel("What burnt the budget", note="the most expensive runs"):
        if costs:
            table = DataTable("What burnt the budget", COSTS)
            table.show([_cost_row(place, sli, cost, now) for place, cost in enumerate(costs)])
        else:
            messages.message("savings", "Nothing burnt the budget", "No run was bad in this time.")


def _affected(pipeline: str, reach: Reach) -> None:
    with panel(f"Blast radius of {pipeline}"), ui.element("div").classes("al-panel-body al-pane"):
        blast_radius(reach, "It is of all pipelines." if pipeline == ALL_PIPELINES else "")


def _cost_row(place: int, sli: Sli, cost: Cost, now: datetime) -> Row:
    run = cost.run
    cells: dict[str, Cell] = {
        "run": {"text": short_id(run.run_id), "href": links.run(run.run_id), "mono": True} if run else "none",
        "state": state(of_run(run.state)) if run else fmt.UNKNOWN,
        "when": when(cost.at, now),
        "share": number(cost.share, share(cost.share, 1)),
        "why": {"text": reason(sli, cost)[:200]},
        "trace": {"text": "Trace", "href": links.trace(run.trace_id)} if run and run.trace_id else "",
    }
    return Row(f"{place} {run.run_id if run else cost.at.isoformat()}", cells)

"""Where each objective stands now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from almenara_platform.clock import Clock
from almenara_platform.exceptions import AlmenaraPlatformError, BadRequest, NotFound, StoreUnavailable
from almenara_platform.slo.budget import Cost, Point, burn_down, costliest, remaining
from almenara_platform.slo.measured import Measured, Pieces
from almenara_platform.slo.model import Slo
from almenara_platform.slo.pipelines import PipelineConfig
from almenara_platform.slo.port import RunSource, SliSource, Standing
from almenara_platform.slo.sample import Sample
from almenara_platform.slo.sli import from_runs

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)

EXHAUSTION_WINDOW = "1d"
"""The burn rate that is carried on to tell when a budget will be gone: long enough for daily runs."""


@dataclass(frozen=True, slots=True)
class Status:
    """One objective now. Without data ``sli`` and what follows from it are None and ``note`` says why.

    ``sli``: good share 0-1 over the period. ``budget_remaining``: 1 untouched, 0 gone, below overspent.
    ``sample``: the runs that these stand on, None where no runs are counted. ``burn_rates``: by window, 1 is
    the speed that just lasts. ``exhausted_in_seconds``: at the speed of the last day; None when the budget
    does not shrink, 0 when it is gone.
    """

    slo: Slo
    enabled: bool
    sli: float | None = None
    budget_remaining: float | None = None
    burn_rates: dict[str, float] = field(default_factory=dict)
    exhausted_in_seconds: float | None = None
    note: str = ""
    sample: Sample | None = None

    @property
    def met(self) -> bool | None:
        """Whether the objective holds over the period; None while unknown."""
        return None if self.budget_remaining is None else self.budget_remaining >= 0


@dataclass(frozen=True, slots=True)
class Detail:
    """An objective over a stretch of time: how its budget went and what took it."""

    status: Status
    since: datetime
    until: datetime
    measured: Measured
    burn_down: Sequence[Point]
    costs: Sequence[Cost]


class Objectives:
    """Every SLO with the source that can answer for it."""

    def __init__(
        self, slos: Sequence[Slo], config: PipelineConfig, runs: RunSource, queries: SliSource, clock: Clock
    ) -> None:
        self._slos = {slo.id: slo for slo in slos}
        self._config = config
        self._runs = runs
        self._queries = queries
        self._clock = clock

    @property
    def slos(self) -> list[Slo]:
        """Every SLO by id."""
        return [self._slos[name] for name in sorted(self._slos)]

    def read_ahead(self) -> None:
        """Have read the runs that objectives count before somebody waits for them.

        Raises ``StoreUnavailable``.
        """
        counted = [slo for slo in self._slos.values() if from_runs(slo.sli)]
        if counted:
            self._runs.standing(max(counted, key=lambda slo: slo.period_seconds), self._clock())

    def all(self) -> list[Status]:
        """The status of each SLO by id."""
        now = self._clock()
        return [self._status(self._slos[name], now) for name in sorted(self._slos)]

    def detail(self, slo_id: str, since: datetime | None = None, until: datetime | None = None) -> Detail:
        """One SLO over a stretch of time, its period up to now by default.

        Raises ``NotFound``, and ``BadRequest`` for a time that no run can have.
        """
        slo = self._slo(slo_id)
        until = _checked(until or self._clock(), "until")
        since = _checked(since or until - timedelta(seconds=slo.period_seconds), "since")
        measured = self._measured(slo, since, until)
        points = burn_down(measured, slo.error_budget, until)
        costs = [self._with_run(cost) for cost in costliest(measured, slo.error_budget)]
        return Detail(self._status(slo, self._clock()), since, until, measured, points, costs)

    def _with_run(self, cost: Cost) -> Cost:
        return cost if cost.run_id is None else replace(cost, run=self._runs.run(cost.run_id))

    def _slo(self, slo_id: str) -> Slo:
        if slo_id not in self._slos:
            raise NotFound(f"No objective is called {slo_id!r}; `almenara slo status` lists them.")
        return self._slos[slo_id]

    def _source(self, slo: Slo) -> SliSource:
        return self._runs if from_runs(slo.sli) else self._queries

    def _measured(self, slo: Slo, since: datetime, until: datetime) -> Measured:
        try:
            return self._source(slo).measured(slo, since, until)
        except (StoreUnavailable, BadRequest) as error:
            self._forgiven(slo, error)
            return Pieces(())

    def _forgiven(self, slo: Slo, error: AlmenaraPlatformError) -> str:
        """The error in words: without Prometheus the objectives that need none are told all the same."""
        if from_runs(slo.sli):
            raise error
        return str(error)

    def _status(self, slo: Slo, now: datetime) -> Status:
        source, enabled = self._source(slo), self._config.enabled(slo.pipeline)
        why = source.missing(slo)
        try:
            standing = Standing({}) if why else source.standing(slo, now)
        except (StoreUnavailable, BadRequest) as error:
            standing, why = Standing({}), self._forgiven(slo, error)
        if slo.period not in standing.error_ratios:
            return Status(slo, enabled, note=why or f"nothing was measured in the last {slo.period}")
        return replace(status_of(slo, enabled, standing.error_ratios), sample=standing.sample)


def _checked(moment: datetime, field: str) -> datetime:
    """The moment in UTC, far enough from both ends of the calendar to be reckoned with."""
    if not EARLIEST <= moment <= LATEST:
        raise BadRequest(f"{field}: no run is of {moment.year:04}; give a time from 1970 on.", field)
    return moment.astimezone(UTC)


def status_of(slo: Slo, enabled: bool, ratios: dict[str, float]) -> Status:
    """The status that follows from the error ratio of each window, the period's among them."""
    left = remaining(ratios[slo.period], slo.error_budget)
    rates = {window: ratio / slo.error_budget for window, ratio in ratios.items()}
    return Status(
        slo=slo,
        enabled=enabled,
        sli=1 - ratios[slo.period],
        budget_remaining=left,
        burn_rates=rates,
        exhausted_in_seconds=_exhausted_in(slo, left, rates.get(EXHAUSTION_WINDOW, 0.0)),
    )


def _exhausted_in(slo: Slo, left: float, burn_rate: float) -> float | None:
    if left <= 0:
        return 0.0
    return left * slo.period_seconds / burn_rate if burn_rate > 0 else None

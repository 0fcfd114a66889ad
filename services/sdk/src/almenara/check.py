"""A quality check of a run: measured, compared, told to all four signals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loguru import logger
from prometheus_client import Gauge

from almenara import events
from almenara.clock import utc
from almenara.dataset import Dataset, DatasetUse, FrameRef
from almenara.exceptions import QualityError
from almenara.guard import guarded, report
from almenara.metrics.labels import BoundedFamily
from almenara.quality import CheckResult, Profile, Thresholds, evaluate, profile

if TYPE_CHECKING:
    from almenara.run import Run


@dataclass(frozen=True, slots=True)
class _Told:
    """A check whose dataset the run has not declared yet."""

    table: str
    frame: FrameRef
    dataset: Dataset | None
    measured: Profile
    results: tuple[CheckResult, ...]

    def is_about(self, use: DatasetUse) -> bool:
        if self.dataset is not None:
            return use.dataset == self.dataset
        return self.frame.is_same(use.frame) or _is_named(use.dataset, self.table)

    def put_on(self, use: DatasetUse) -> None:
        use.profile = self.measured
        use.checks += self.results


class QualityRecorder:
    """Checks frames on behalf of one run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._waiting: list[_Told] = []

    def declared(self, use: DatasetUse) -> None:
        """Put on a dataset that the run has just declared what was checked of it before, as before a load."""
        for told in [told for told in self._waiting if told.is_about(use)]:
            told.put_on(use)
            self._waiting.remove(told)

    def check(
        self, table: str, frame: Any, dataset: Dataset | None, thresholds: Thresholds, *, fail: bool
    ) -> tuple[CheckResult, ...]:
        """Measure ``frame``; raise QualityError when ``fail`` and a threshold is not kept.

        A frame that cannot be measured is an error of telemetry unless the run depends on it (``fail``).
        """
        try:
            measured = profile(frame, optional=thresholds.optional)
            now = utc(self._run.telemetry.clock.time_ns())
            results = tuple(evaluate(table, measured, frame, thresholds, now=now))
        except Exception as error:
            if fail:
                raise
            report("quality", error)
            return ()
        failures = [result for result in results if not result.passed]
        self._record(table, frame, dataset, measured, results, failures)
        if failures and fail:
            raise QualityError(table, failures)
        return results

    @guarded("quality")
    def _record(
        self,
        table: str,
        frame: Any,
        dataset: Dataset | None,
        measured: Profile,
        results: tuple[CheckResult, ...],
        failures: Sequence[CheckResult],
    ) -> None:
        self._run.add_quality(results)
        self._log(table, measured, failures)
        self._set_metrics(table, measured)
        told = _Told(table, FrameRef(frame), dataset, measured, results)
        uses = self._uses(table, frame, dataset)
        for use in uses:
            told.put_on(use)
        if not uses:
            self._waiting.append(told)

    def _log(self, table: str, measured: Profile, failures: Sequence[CheckResult]) -> None:
        fields = {
            "table": table,
            "passed": not failures,
            "score": measured.score,
            "rows": measured.rows,
            "duplicate_count": measured.duplicates,
            "null_percentage": {column.name: column.null_percentage for column in measured.columns},
            "failures": [failure.sentence() for failure in failures],
        }
        logger.bind(**fields).log("WARNING" if failures else "INFO", events.QUALITY_CHECK)
        score = {} if measured.score is None else {"score": measured.score}
        self._run.span.add_event(events.QUALITY_CHECK, {"table": table, **score})

    def _set_metrics(self, table: str, measured: Profile) -> None:
        metrics, pipeline = self._run.telemetry.metrics, self._run.pipeline.name
        scores = {
            "overall": measured.score,
            "completeness": measured.completeness,
            "uniqueness": measured.uniqueness,
        }
        for kind, score in scores.items():
            _show(metrics.quality_score, score, pipeline, table, kind)
        metrics.duplicate_count.labels(pipeline, table).set(measured.duplicates)
        for column in measured.columns:
            # Alerts watch the first, and would call the nulls of an optional column a fault.
            for gauges, optional in ((metrics.null_percentage, False), (metrics.optional_nulls, True)):
                value = column.null_percentage if column.optional is optional else None
                _show(gauges, value, pipeline, table, column.name)

    def _uses(self, table: str, frame: Any, dataset: Dataset | None) -> list[DatasetUse]:
        uses = self._run.uses()
        if dataset is not None:
            return [use for use in uses if use.dataset == dataset]
        same_frame = [use for use in uses if use.frame.is_frame(frame)]
        return same_frame or [use for use in uses if _is_named(use.dataset, table)]


def _is_named(dataset: Dataset, table: str) -> bool:
    return dataset.name == table or dataset.name.replace("/", ".").endswith(f".{table}")


def _show(gauges: BoundedFamily[Gauge], value: float | None, *labels: str) -> None:
    """Set a gauge; what cannot be said of this frame must not stand there from an earlier one."""
    if value is None:
        gauges.forget(*labels)
    else:
        gauges.labels(*labels).set(value)

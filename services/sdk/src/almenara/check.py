"""A quality check of a run: measured, compared, told to all four signals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from loguru import logger

from almenara import events
from almenara.clock import utc
from almenara.dataset import Dataset, DatasetUse
from almenara.exceptions import QualityError
from almenara.guard import guarded, report
from almenara.quality import CheckResult, Profile, Thresholds, evaluate, profile

if TYPE_CHECKING:
    from almenara.run import Run


class QualityRecorder:
    """Checks frames on behalf of one run."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def check(
        self, table: str, frame: Any, dataset: Dataset | None, thresholds: Thresholds, *, fail: bool
    ) -> tuple[CheckResult, ...]:
        """Measure ``frame``; raise QualityError when ``fail`` and a threshold is not kept.

        A frame that cannot be measured is an error of telemetry unless the run depends on it (``fail``).
        """
        try:
            measured = profile(frame)
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
        for use in self._uses(table, frame, dataset):
            use.profile = measured
            use.checks += results

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
        self._run.span.add_event(events.QUALITY_CHECK, {"table": table, "score": measured.score})

    def _set_metrics(self, table: str, measured: Profile) -> None:
        metrics, pipeline = self._run.telemetry.metrics, self._run.pipeline.name
        scores = {
            "overall": measured.score,
            "completeness": _completeness(measured),
            "uniqueness": 100.0 - measured.duplicate_percentage,
        }
        for kind, score in scores.items():
            metrics.quality_score.labels(pipeline, table, kind).set(score)
        metrics.duplicate_count.labels(pipeline, table).set(measured.duplicates)
        for column in measured.columns:
            metrics.null_percentage.labels(pipeline, table, column.name).set(column.null_percentage)

    def _uses(self, table: str, frame: Any, dataset: Dataset | None) -> list[DatasetUse]:
        uses = self._run.uses()
        if dataset is not None:
            return [use for use in uses if use.dataset == dataset]
        same_frame = [use for use in uses if use.frame.is_frame(frame)]
        return same_frame or [use for use in uses if _is_named(use.dataset, table)]


def _is_named(dataset: Dataset, table: str) -> bool:
    return dataset.name == table or dataset.name.replace("/", ".").endswith(f".{table}")


def _completeness(measured: Profile) -> float:
    nulls = [column.null_percentage for column in measured.columns]
    return 100.0 - sum(nulls) / len(nulls) if nulls else 100.0

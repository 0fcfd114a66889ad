"""The fields that choose traces of one operation or pipeline, in the words of API and command line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from almenara_platform.clock import Clock
from almenara_platform.platform import Platform
from almenara_platform.traces.port import TraceQuery
from almenara_platform.traces.queries import attribute_pairs, subject, trace_query
from almenara_platform.ui import periods
from almenara_platform.ui.components.fields import choice, text_field, value_of

OUTCOMES = {"": "With and without errors", "true": "With errors", "false": "Without errors"}


@dataclass(frozen=True, slots=True)
class PathWords:
    """The words as the address has them; empty for any."""

    pipeline: str = ""
    service: str = ""
    operation: str = ""
    error: str = ""
    min_duration: str = ""
    max_duration: str = ""
    attribute: str = ""
    period: str = ""

    @property
    def names_nothing(self) -> bool:
        """Whether it is still open what to look at."""
        return not (self.pipeline or self.operation)

    @property
    def title(self) -> str:
        """What is looked at."""
        return self.pipeline or self.operation

    def query(self, clock: Clock) -> TraceQuery:
        """The traces that these words mean; raises ``BadRequest``."""
        query = trace_query(
            error={"true": True, "false": False}.get(self.error),
            min_duration=self.min_duration,
            max_duration=self.max_duration,
            attribute=attribute_pairs(self.attribute),
            since=periods.since(self.period, clock()),
        )
        return subject(self.operation, self.service, self.pipeline).narrow(query)

    def address(self) -> dict[str, str]:
        """The words as parameters of an address."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class Names:
    """What there is to choose from."""

    pipelines: tuple[str, ...]
    services: tuple[str, ...]


def known_names(platform: Platform) -> Names:
    """Pipelines and services that the platform knows."""
    pipelines = dict.fromkeys(pipeline.name for pipeline in platform.lineage.pipelines(1))
    return Names(tuple(pipelines), tuple(platform.traces.services()))


class PathSearch:
    """Fields that search when they change. A pipeline and an operation exclude one another."""

    def __init__(self, words: PathWords, names: Names, on_change: Callable[[], Awaitable[None]]) -> None:
        self._on_change = on_change
        self._operation = text_field("Operation", self._of_operation, words.operation, wide=True)
        pipelines = _options("No pipeline", (words.pipeline, *names.pipelines))
        self._pipeline = choice("Pipeline", pipelines, self._of_pipeline, words.pipeline, searchable=True)
        services = _options("All services", (words.service, *names.services))
        self._service = choice("Service", services, on_change, words.service, searchable=True)
        self._error = choice("Errors", OUTCOMES, on_change, words.error)
        self._shortest = text_field("At least 5s", on_change, words.min_duration, prefix="≥")
        self._longest = text_field("At most 1m", on_change, words.max_duration, prefix="≤")
        self._attribute = text_field("user.id=user123", on_change, words.attribute)
        self._period = choice("Time", periods.CHOICES, on_change, words.period)

    @property
    def words(self) -> PathWords:
        """What the fields say now."""
        return PathWords(
            pipeline=self._pipeline.value or "",
            service=self._service.value or "",
            operation=value_of(self._operation),
            error=self._error.value or "",
            min_duration=value_of(self._shortest),
            max_duration=value_of(self._longest),
            attribute=value_of(self._attribute),
            period=self._period.value or "",
        )

    async def _of_operation(self) -> None:
        if value_of(self._operation) and self._pipeline.value:
            self._pipeline.set_value("")
        else:
            await self._on_change()

    async def _of_pipeline(self) -> None:
        if self._pipeline.value and value_of(self._operation):
            self._operation.set_value("")
        else:
            await self._on_change()


def _options(anything: str, names: tuple[str, ...]) -> Mapping[str, str]:
    return {"": anything} | {name: name for name in names if name}

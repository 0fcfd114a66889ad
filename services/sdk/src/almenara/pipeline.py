"""A pipeline: what runs have in common."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from almenara import runtime
from almenara.decorators import wrap
from almenara.exceptions import UsageError
from almenara.lineage.source import source_of
from almenara.run import Run, current_run
from almenara.submit import Ticket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from almenara.stage import Stage

P = ParamSpec("P")
R = TypeVar("R")


class Pipeline:
    """A named job with an owner, whose runs leave logs, metrics, a trace and lineage.

    ``namespace`` defaults to the setting of that name. ``stages`` names steps in advance, so that their
    counters exist, at 0, before the first run.

    >>> ventas = Pipeline("ventas_etl", namespace="retail", owner="data-engineering")
    >>> ventas.name
    'ventas_etl'
    """

    def __init__(
        self,
        name: str,
        namespace: str | None = None,
        owner: str | None = None,
        description: str | None = None,
        stages: Sequence[str] = (),
    ) -> None:
        if not name or not name.strip():
            raise UsageError("a pipeline needs a name")
        self.name = name
        self.namespace = namespace
        self.owner = owner
        self.description = description
        self.stages = list(stages)
        self._source = ""

    def __repr__(self) -> str:
        return f"Pipeline({self.name!r}, namespace={self.namespace!r}, owner={self.owner!r})"

    def run(
        self, run_id: str | None = None, context: Mapping[str, str] | None = None, attempt: int = 1
    ) -> Run:
        """A new run; use it as context manager.

        ``run_id`` is the UUID that whoever accepted the run gave out, ``context`` the carrier that came with
        it (``Ticket.context``), ``attempt`` counts from 1. With a context the run's span is a CONSUMER that
        continues that trace. Raises RunIdError for a run id that is no UUID, and SettingsError when the
        process is configured wrongly.
        """
        telemetry = runtime.current()
        telemetry.announce(self)
        if not self._source and telemetry.settings.source_code:
            self._source = source_of(sys._getframe(1).f_code)
        return Run(self, telemetry, run_id, context, attempt, self._source)

    def submit(self, queue: str, run_id: str | None = None) -> Ticket:
        """Announce a run that waits in ``queue``; use it as context manager around the enqueueing.

        Put ``ticket.run_id`` and ``ticket.context`` into the message. When the block raises, the run ends as
        ABORT.
        """
        return Ticket(self, runtime.current(), queue, run_id)

    def stage(self, name: str | None = None) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Decorate a function, coroutine function or generator: each call is a stage.

        Without a ``name`` the function's is taken. Called outside of a run of this pipeline, the call is a
        run of one stage.
        """

        def decorate(function: Callable[P, R]) -> Callable[P, R]:
            stage: str = name or getattr(function, "__name__", "") or "stage"
            if stage not in self.stages:
                self.stages.append(stage)
            return wrap(function, lambda: self._stage_here(stage, function))

        return decorate

    def _stage_here(self, name: str, function: Callable[..., object]) -> AbstractContextManager[object]:
        run = current_run()
        if run is not None and run.pipeline is self:
            return run.stage(name)
        if not self._source and runtime.current().settings.source_code:
            self._source = source_of(getattr(function, "__code__", None))
        return self._run_of_one_stage(name)

    @contextmanager
    def _run_of_one_stage(self, name: str) -> Iterator[Stage]:
        with ExitStack() as stack:
            run = stack.enter_context(self.run())
            yield stack.enter_context(run.stage(name))

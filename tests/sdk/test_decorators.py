"""Decorated functions of every kind are stages, with their context kept from first to last step."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

import almenara
from almenara.testing import Signals

VENTAS = almenara.Pipeline("ventas")


@VENTAS.stage("extract")
def extract(count: int) -> list[int]:
    """Some numbers."""
    almenara.log.info("inside")
    return list(range(count))


@VENTAS.stage()
async def fetch(name: str) -> str:
    """A name, later."""
    await asyncio.sleep(0)
    almenara.log.info(name)
    return name


@VENTAS.stage("batches")
def batches(count: int) -> Iterator[int]:
    """Numbers one by one."""
    for number in range(count):
        almenara.log.info("step")
        yield number


@VENTAS.stage("pages")
async def pages(count: int) -> AsyncIterator[int]:
    """Numbers one by one, later."""
    for number in range(count):
        await asyncio.sleep(0)
        almenara.log.info("step")
        yield number


def test_a_function_is_a_stage(signals: Signals) -> None:
    """Arguments and result pass through, name and doc string stay."""
    with VENTAS.run():
        assert extract(3) == [0, 1, 2]
    assert (extract.__name__, extract.__doc__) == ("extract", "Some numbers.")
    assert signals.log("inside")["stage"] == "extract"
    assert signals.run("ventas").stages["extract"]["state"] == "COMPLETE"


def test_a_stage_outside_of_a_run_is_a_run_of_its_own(signals: Signals) -> None:
    """Calling the function alone gives a run with one stage."""
    extract(1)
    run = signals.run("ventas")
    assert (run.state, list(run.stages)) == ("COMPLETE", ["extract"])


def test_coroutines_side_by_side_keep_their_own_stage(signals: Signals) -> None:
    """Concurrent tasks do not mix up spans."""

    async def main() -> None:
        with VENTAS.run():
            await asyncio.gather(fetch("a"), fetch("b"))

    asyncio.run(main())
    run = signals.span("ventas")
    lines = [signals.log("a"), signals.log("b")]
    assert len({line["span_id"] for line in lines}) == 2
    assert {span.parent_id for span in signals.spans if span.name == "fetch"} == {run.span_id}


def test_the_consumer_of_a_generator_is_not_in_its_stage(signals: Signals) -> None:
    """Between two steps the consumer's own context holds."""
    with VENTAS.run() as run, run.stage("load"):
        for _ in batches(2):
            almenara.log.info("consumed")
    assert [line["stage"] for line in signals.logs if line["message"] == "step"] == ["batches"] * 2
    assert [line["stage"] for line in signals.logs if line["message"] == "consumed"] == ["load"] * 2
    assert signals.span("batches").parent_id == signals.span("load").span_id


def test_the_consumer_of_an_async_generator_is_not_in_its_stage(signals: Signals) -> None:
    """The same holds for asynchronous generators."""

    async def main() -> list[int]:
        got = []
        with VENTAS.run() as run, run.stage("load"):
            async for number in pages(2):
                almenara.log.info("consumed")
                got.append(number)
        return got

    assert asyncio.run(main()) == [0, 1]
    assert [line["stage"] for line in signals.logs if line["message"] == "step"] == ["pages"] * 2
    assert [line["stage"] for line in signals.logs if line["message"] == "consumed"] == ["load"] * 2


def test_a_generator_that_is_left_early_has_completed(signals: Signals) -> None:
    """A consumer that has enough does not make the stage fail."""
    with VENTAS.run():
        steps = batches(5)
        next(steps)
        steps.close()
    assert signals.run("ventas").stages["batches"]["state"] == "COMPLETE"


def test_a_generator_takes_and_returns_values(signals: Signals) -> None:
    """send, throw and the return value work as without decoration."""

    @VENTAS.stage("echo")
    def echo() -> Iterator[str]:
        got = yield "first"
        try:
            yield got
        except KeyError:
            yield "caught"
        return "result"

    with VENTAS.run():
        steps = echo()
        assert next(steps) == "first"
        assert steps.send("second") == "second"
        assert steps.throw(KeyError()) == "caught"
        with pytest.raises(StopIteration) as stopped:
            next(steps)
    assert stopped.value.value == "result"


def test_a_failing_generator_fails_its_stage(signals: Signals) -> None:
    """An exception within a step is the stage's."""

    @VENTAS.stage("broken")
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"), VENTAS.run():
        list(broken())
    assert signals.run("ventas").stages["broken"]["state"] == "FAIL"


def test_an_exception_thrown_into_an_async_generator_arrives(signals: Signals) -> None:
    """athrow reaches the decorated function, which may go on."""

    @VENTAS.stage("patient")
    async def patient() -> AsyncIterator[str]:
        try:
            yield "first"
        except KeyError:
            yield "caught"

    async def main() -> str:
        with VENTAS.run():
            steps = patient()
            await steps.__anext__()
            return await steps.athrow(KeyError())

    assert asyncio.run(main()) == "caught"


def test_a_cancelled_task_aborts_its_run(signals: Signals) -> None:
    """Cancellation is no failure."""

    async def work() -> None:
        with VENTAS.run() as run, run.stage("wait"):
            await asyncio.Event().wait()

    async def main() -> None:
        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert signals.run("ventas").state == "ABORT"


def test_log_execution_within_a_run_is_a_stage(signals: Signals) -> None:
    """The bare decorator takes the function's name."""

    @almenara.log_execution
    def clean() -> int:
        return 3

    with VENTAS.run():
        assert clean() == 3
    assert "clean" in signals.run("ventas").stages


def test_log_execution_elsewhere_is_a_span_with_its_events(signals: Signals) -> None:
    """Without a run there is no lineage, and a failure shows in log and span."""

    @almenara.log_execution(name="import")
    def load() -> None:
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        load()
    assert signals.span("import").status == "ERROR"
    line = signals.log("stage_failed")
    assert (line["stage"], line["error_type"], line["run_id"]) == ("import", "OSError", None)
    assert signals.runs == []

"""Threads keep the context of whoever starts the work."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from opentelemetry import trace

import almenara
from almenara.testing import Signals, capture

VENTAS = almenara.Pipeline("ventas")
Somewhere = Callable[[Callable[[], None]], None]


def test_tasks_of_the_executor_are_within_the_stage(signals: Signals) -> None:
    """Lines of a pool's tasks carry run and stage, and results come back."""
    with VENTAS.run(), VENTAS.run() as run, run.stage("load"), almenara.ContextThreadPoolExecutor() as pool:
        assert list(pool.map(lambda n: almenara.log.info("task") or n, range(3))) == [0, 1, 2]
    lines = [line for line in signals.logs if line["message"] == "task"]
    assert {(line["run_id"], line["stage"]) for line in lines} == {(run.run_id, "load")}


def test_a_carried_function_can_run_in_many_threads_at_once(signals: Signals) -> None:
    """One carried function is entered concurrently without error."""
    barrier = threading.Barrier(3, timeout=60)

    def work() -> None:
        barrier.wait()
        almenara.log.info("together")

    with VENTAS.run() as run:
        carried = almenara.carry(work)
        with ThreadPoolExecutor(3) as pool:
            for future in [pool.submit(carried) for _ in range(3)]:
                future.result()
    lines = [line for line in signals.logs if line["message"] == "together"]
    assert [line["run_id"] for line in lines] == [run.run_id] * 3


def in_a_thread(act: Callable[[], None]) -> None:
    """Call it in a thread."""
    thread = threading.Thread(target=act)
    thread.start()
    thread.join()


def in_a_timer(act: Callable[[], None]) -> None:
    """Call it a moment later."""
    timer = threading.Timer(0.001, act)
    timer.start()
    timer.join()


def in_a_pool(act: Callable[[], None]) -> None:
    """Call it in a pool whose thread is already there."""
    POOL.submit(act).result()


POOL = ThreadPoolExecutor(1)
PLAIN = pytest.mark.parametrize("somewhere", [in_a_thread, in_a_timer, in_a_pool])


@PLAIN
def test_threads_keep_their_context(signals: Signals, somewhere: Somewhere) -> None:
    """What a plain thread logs and traces belongs to the stage that started it, and to none afterwards."""
    POOL.submit(int).result()

    def work() -> None:
        almenara.log.info("within")
        with trace.get_tracer("test").start_as_current_span("deep"):
            pass

    with VENTAS.run() as run, run.stage("load"):
        somewhere(work)
    somewhere(lambda: almenara.log.info("after"))
    line = signals.log("within")
    assert (line["run_id"], line["stage"]) == (run.run_id, "load")
    assert signals.span("deep").parent_id == signals.span("load").span_id
    assert signals.log("after")["run_id"] is None


@PLAIN
def test_carrying_can_be_switched_off(somewhere: Somewhere) -> None:
    """Without `threading` among what is instrumented, threads are Python's own."""
    with capture(auto_instrument="httpx") as signals, VENTAS.run():
        somewhere(lambda: almenara.log.info("alone"))
    assert signals.log("alone")["run_id"] is None


def test_a_stage_opened_in_a_bare_thread_belongs_to_its_run() -> None:
    """A stage finds its run even where the context was lost."""

    def work(run: almenara.Run) -> None:
        with run.stage("side") as stage:
            stage.processed(2)

    with capture(auto_instrument="") as signals, VENTAS.run() as run:
        thread = threading.Thread(target=work, args=(run,))
        thread.start()
        thread.join()
    assert signals.span("side").parent_id == signals.span("ventas").span_id
    assert signals.log("stage_completed", stage="side")["run_id"] == run.run_id


def test_counts_of_many_threads_add_up(signals: Signals) -> None:
    """processed() may be called from everywhere."""
    with VENTAS.run() as run, run.stage("load") as stage:
        threads = [
            threading.Thread(target=lambda: [stage.processed(1) for _ in range(500)]) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert signals.metric("events_processed_total", pipeline="ventas", stage="load") == 2000

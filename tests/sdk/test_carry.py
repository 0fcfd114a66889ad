"""Threads keep the context of whoever starts the work."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import almenara
from almenara.testing import Signals

VENTAS = almenara.Pipeline("ventas")


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


def test_a_stage_opened_in_a_bare_thread_belongs_to_its_run(signals: Signals) -> None:
    """A stage finds its run even where the context was lost."""

    def work(run: almenara.Run) -> None:
        with run.stage("side") as stage:
            stage.processed(2)

    with VENTAS.run() as run:
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

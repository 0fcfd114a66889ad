"""How much slower a job is while a part of the stack is away."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.stack.job import Job
from tests.stack.signals import Signals, until

SERVICES = ("loki", "jaeger", "otel-collector", "platform", "postgres")
ROUNDS = 5
HEALTHY_SECONDS = 300
PROGRAM = """
import hashlib, sys, time
import almenara
almenara.configure(service="bench-job")
pipeline = almenara.Pipeline("bench_job", namespace="bench")
started, worked = time.perf_counter(), time.process_time()
with pipeline.run() as run:
    for number in range(20):
        with run.stage(f"stage_{number}") as stage:
            for batch in range(10):
                for _ in range(48_000):
                    hashlib.sha256(b"row" * 20).digest()
                stage.processed(48_000)
                stage.log.info("batch", batch=batch)
print("took", time.perf_counter() - started, time.process_time() - worked)
"""
"""Some seconds of work on one core, in 20 stages with 200 log lines."""


@dataclass(frozen=True, slots=True)
class Took:
    """The least seconds of several runs of the job, by the clock and of all its threads on a processor.

    What else the machine does only ever adds.
    """

    clock: float
    processor: float


@dataclass(frozen=True, slots=True)
class Slowdown:
    """The job with all parts there, and with one of them stopped."""

    service: str
    usual: Took
    away: Took


def slowdowns(signals: Signals, spool: Path) -> Iterator[Slowdown]:
    """Each part in turn: rounds of the job before it is stopped and while it is."""
    job = Job(signals, spool)
    for service in SERVICES:
        usual = _took(job)
        signals.project.compose("stop", "--timeout", "10", service)
        try:
            away = _took(job)
        finally:
            signals.project.compose("start", service)
            assert until(lambda: not signals.project.ill(), HEALTHY_SECONDS), signals.project.ill()
        print(f"{service} was away", flush=True)
        yield Slowdown(service, usual, away)


def _took(job: Job) -> Took:
    runs = [_run(job) for _ in range(ROUNDS)]
    return Took(*(min(times) for times in zip(*runs, strict=True)))


def _run(job: Job) -> tuple[float, float]:
    command = (sys.executable, "-c", PROGRAM)
    done = subprocess.run(command, env=job.environ, capture_output=True, text=True, timeout=600, check=True)
    # A line of the log may follow, of a part that is away.
    told = next(line for line in done.stdout.splitlines() if line.startswith("took "))
    _, clock, processor = told.split()
    return float(clock), float(processor)

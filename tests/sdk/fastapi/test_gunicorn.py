"""An instrumented application under gunicorn, loaded once and forked into two workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.sdk.backend import Backend

PATIENCE_SECONDS = 90.0
REQUESTS_MOST = 400
WORKERS = 2
APPLICATION = """
    import os

    from fastapi import FastAPI

    import almenara
    import almenara.fastapi

    almenara.configure(service="served")
    app = almenara.fastapi.instrument(FastAPI())
    # its line is on the way while gunicorn forks
    almenara.log.info("loaded")


    @app.get("/work")
    def work():
        with almenara.Pipeline("ventas").run() as run, run.stage("load") as stage:
            stage.log.info("worked", worker=os.getpid())
        return {"worker": os.getpid(), "run_id": run.run_id}
"""


class Served:
    """The application behind ``url``, its signals on their way to ``backend``."""

    def __init__(self, folder: Path, backend: Backend) -> None:
        (folder / "served.py").write_text(textwrap.dedent(APPLICATION))
        self._errors = folder / "errors"
        self._folder = folder
        self.environ = {
            **os.environ,
            "ALMENARA_URL": backend.url,
            "ALMENARA_SPOOL_DIR": str(folder / "spool"),
            "ALMENARA_EXIT_TIMEOUT_SECONDS": "60",
            "PYTHONPATH": str(folder),
        }
        workers = ["--preload", f"--workers={WORKERS}", "--worker-class=uvicorn_worker.UvicornWorker"]
        times = ["--timeout=300", "--graceful-timeout=120"]
        options = [*workers, *times, "--bind=127.0.0.1:0", "--no-control-socket"]
        with self._errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", *options, "served:app"],
                cwd=folder,
                env=self.environ,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        self.url = f"http://{self._address()}"

    def work(self) -> dict[str, Any]:
        """Ask for one run, in whichever worker takes the connection."""
        return httpx.get(f"{self.url}/work", timeout=PATIENCE_SECONDS).json()

    def work_of_both(self) -> Counter[int]:
        """Ask until both workers have done some work; how many runs each of them did."""
        done: Counter[int] = Counter()
        while len(done) < 2 or min(done.values()) < 3:
            assert done.total() < REQUESTS_MOST, "one worker took every connection"
            done[self.work()["worker"]] += 1
        return done

    def stop(self) -> int:
        """Ask gunicorn to end, and wait for it."""
        self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)

    def _address(self) -> str:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            told = self._errors.read_text()
            if told.count("Application startup complete") == WORKERS:
                return told.partition("Listening at: http://")[2].split()[0]
            time.sleep(0.05)
        raise AssertionError(self._errors.read_text())


@pytest.fixture
def backend() -> Iterator[Backend]:
    """A healthy backend to begin with."""
    backend = Backend()
    yield backend
    backend.close()


@pytest.fixture
def served(tmp_path: Path, backend: Backend) -> Iterator[Served]:
    """A running server; whatever is left of it ends with the test."""
    served = Served(tmp_path, backend)
    yield served
    if served.process.poll() is None:
        served.process.send_signal(signal.SIGINT)
        served.process.wait(PATIENCE_SECONDS)


def spans_of_runs(backend: Backend) -> list[int]:
    """How many spans of each kind have arrived; every run has one of each."""
    spans = Counter(backend.spans())
    return [spans[name] for name in ("ventas", "load", "GET /work")]


def test_signals_of_every_worker_arrive_by_its_end(served: Served, backend: Backend) -> None:
    """Each run has its three spans, its line and its last event, though workers end by a signal."""
    done = served.work_of_both()
    assert served.stop() == 0
    assert spans_of_runs(backend) == [done.total()] * 3
    lines = [record for record in backend.log_records() if record.body.string_value == "worked"]
    workers = Counter(
        pair.value.int_value for line in lines for pair in line.attributes if pair.key == "worker"
    )
    assert workers == done
    assert Counter(event["eventType"] for event in backend.events())["COMPLETE"] == done.total()


def test_next_process_sends_what_workers_kept(served: Served, backend: Backend) -> None:
    """What they could not deliver is in the spool that they share, all of it and once."""
    backend.refuse()
    done = served.work_of_both()
    served.stop()
    assert "ventas" not in backend.spans()
    backend.recover()
    heir = "import almenara, sys; almenara.configure(service='heir'); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", heir], env=served.environ, stdin=subprocess.PIPE) as process:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while spans_of_runs(backend) != [done.total()] * 3 and time.monotonic() < deadline:
            time.sleep(0.1)
        process.stdin.close()
        assert process.wait(PATIENCE_SECONDS) == 0
    assert spans_of_runs(backend) == [done.total()] * 3

"""Processes that end, are told to end, or fork."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import orjson
import pytest

HEAD = """
import os, signal, sys, threading, time
import almenara

almenara.configure(service="job", url="console", auto_instrument="")
ventas = almenara.Pipeline("ventas")
"""


class Job:
    """A process that runs ``code``; its events and lines are read after it has ended."""

    def __init__(self, code: str, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", HEAD + textwrap.dedent(code)],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={name: value for name, value in os.environ.items() if not name.startswith("ALMENARA")},
            text=True,
        )

    def terminate_once_it_says(self, message: str) -> None:
        """Wait for a log line with ``message``, then send SIGTERM."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if f'"message":"{message}"' in line:
                self._process.send_signal(signal.SIGTERM)
                return
        raise AssertionError(self._process.communicate()[1])

    def end(self) -> int:
        """Wait for the end; the exit status."""
        self.stdout, self.stderr = self._process.communicate(timeout=60)
        return self._process.returncode

    @property
    def events(self) -> list[dict[str, Any]]:
        """The lineage events in the order in which they were sent."""
        lines = [line for line in self.stderr.splitlines() if line.startswith('{"lineage"')]
        return [orjson.loads(line)["lineage"] for line in lines]

    @property
    def types(self) -> list[str]:
        """The types of the events without progress."""
        return [event["eventType"] for event in self.events if event["eventType"] != "RUNNING"]


def test_sigterm_aborts_the_run_in_the_main_thread(tmp_path: Path) -> None:
    """The run and its stage end as ABORT, the process leaves with 143 and runs its exit functions."""
    job = Job(
        """
        import atexit
        atexit.register(lambda: print("left", flush=True))
        with ventas.run() as run, run.stage("extract"):
            almenara.log.info("ready")
            time.sleep(60)
        """,
        tmp_path,
    )
    job.terminate_once_it_says("ready")
    assert job.end() == 143
    assert job.types == ["START", "ABORT"]
    stage = job.events[-1]["run"]["facets"]["almenara_run"]["stages"][0]
    assert (stage["name"], stage["state"]) == ("extract", "ABORT")
    assert '"message":"run_aborted"' in job.stdout and "left" in job.stdout


def test_sigterm_aborts_a_run_whose_library_loses_the_exit(tmp_path: Path) -> None:
    """What DuckDB makes of a SystemExit in a query is an ABORT; a run that begins later can fail again."""
    job = Job(
        """
        def query():
            try:
                almenara.log.info("ready")
                time.sleep(60)
            except SystemExit:
                raise RuntimeError("Query interrupted") from None

        for work in (query, lambda: 1 / 0):
            try:
                with ventas.run() as run, run.stage("extract"):
                    work()
            except Exception:
                pass
        """,
        tmp_path,
    )
    job.terminate_once_it_says("ready")
    assert job.end() == 0
    assert job.types == ["START", "ABORT", "START", "FAIL"]


def test_sigterm_aborts_a_run_in_another_thread(tmp_path: Path) -> None:
    """A run in a daemon thread is ended by the process's exit."""
    job = Job(
        """
        def work():
            with ventas.run():
                almenara.log.info("ready")
                time.sleep(60)
        threading.Thread(target=work, daemon=True).start()
        time.sleep(60)
        """,
        tmp_path,
    )
    job.terminate_once_it_says("ready")
    assert job.end() == 143
    assert job.types == ["START", "ABORT"]


def test_a_handler_that_was_there_before_is_called(tmp_path: Path) -> None:
    """A job that handles SIGTERM itself may finish its run."""
    job = Job(
        """
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        with ventas.run():
            almenara.log.info("ready")
            stop.wait(60)
            almenara.log.info("finishing")
        """,
        tmp_path,
    )
    job.terminate_once_it_says("ready")
    assert job.end() == 0
    assert job.types == ["START", "COMPLETE"]
    assert '"message":"finishing"' in job.stdout


def test_a_handler_that_calls_the_one_before_ends_the_run(tmp_path: Path) -> None:
    """A handler set between configure() and the run, which passes the signal on, does not go in circles."""
    job = Job(
        """
        before = signal.getsignal(signal.SIGTERM)
        def handler(number, frame):
            almenara.log.info("passing on")
            before(number, frame)
        signal.signal(signal.SIGTERM, handler)
        with ventas.run():
            almenara.log.info("ready")
            time.sleep(60)
        """,
        tmp_path,
    )
    job.terminate_once_it_says("ready")
    assert job.end() == 143, job.stderr
    assert job.types == ["START", "ABORT"]
    assert job.stdout.count("passing on") == 1


def test_an_ignored_sigterm_stays_ignored(tmp_path: Path) -> None:
    """The SDK installs nothing over SIG_IGN."""
    job = Job(
        """
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with ventas.run():
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
        """,
        tmp_path,
    )
    assert job.end() == 0


def test_a_run_that_was_never_left_is_aborted_at_exit(tmp_path: Path) -> None:
    """A run entered by hand and forgotten ends with the process."""
    job = Job("ventas.run().__enter__()", tmp_path)
    assert job.end() == 0
    assert job.types == ["START", "ABORT"]
    assert "process ended" in job.events[-1]["run"]["facets"]["errorMessage"]["message"]


def test_ctrl_c_aborts_the_run(tmp_path: Path) -> None:
    """KeyboardInterrupt leaves an ABORT."""
    job = Job(
        """
        try:
            with ventas.run():
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(60)
        except KeyboardInterrupt:
            pass
        """,
        tmp_path,
    )
    assert job.end() == 0
    assert job.types == ["START", "ABORT"]


def test_ctrl_c_in_a_query_of_duckdb_aborts_the_run(tmp_path: Path) -> None:
    """DuckDB makes a RuntimeError of it, which reaches the job as it is."""
    job = Job(
        """
        import duckdb

        def interrupt():
            while connection.query_progress() < 0:
                time.sleep(0.001)
            os.kill(os.getpid(), signal.SIGINT)

        signal.signal(signal.SIGINT, signal.default_int_handler)
        connection = duckdb.connect(config={"threads": 1})
        connection.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        threading.Thread(target=interrupt, daemon=True).start()
        try:
            with ventas.run() as run, run.stage("load"):
                connection.execute("SELECT sum(a.i * b.i) FROM range(300000) a(i), range(300000) b(i)")
        except RuntimeError as error:
            print(error)
        """,
        tmp_path,
    )
    assert job.end() == 0
    assert job.types == ["START", "ABORT"]
    assert "Query interrupted" in job.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
def test_a_forked_child_does_not_end_the_parents_run(tmp_path: Path) -> None:
    """The child may log and have runs of its own; the parent's run ends once, in the parent."""
    job = Job(
        """
        with ventas.run() as run:
            pid = os.fork()
            if pid == 0:
                almenara.log.info("child")
        if pid == 0:
            with almenara.Pipeline("of_child").run():
                pass
            almenara.shutdown()
            os._exit(0)
        os.waitpid(pid, 0)
        """,
        tmp_path,
    )
    assert job.end() == 0, job.stderr
    by_name = [(event["job"]["name"], event["eventType"]) for event in job.events]
    assert sorted(pair for pair in by_name if pair[1] != "RUNNING") == [
        ("of_child", "COMPLETE"),
        ("of_child", "START"),
        ("ventas", "COMPLETE"),
        ("ventas", "START"),
    ]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_multiprocessing_child_ends_its_open_runs(tmp_path: Path, method: str) -> None:
    """A child that leaves without its atexit functions still aborts what it left open."""
    (tmp_path / "child.py").write_text(
        textwrap.dedent(
            """
            import almenara

            def work():
                almenara.configure(service="job", url="console", auto_instrument="")
                almenara.Pipeline("of_child").run().__enter__()
            """
        )
    )
    job = Job(
        f"""
        sys.path.insert(0, ".")
        import multiprocessing, child
        process = multiprocessing.get_context("{method}").Process(target=child.work)
        process.start()
        process.join(30)
        """,
        tmp_path,
    )
    assert job.end() == 0, job.stderr
    assert job.types == ["START", "ABORT"], job.stderr


def test_a_misspelled_variable_stops_the_job_at_once(tmp_path: Path) -> None:
    """Configuration is checked when the process starts, not when a signal is missed."""
    job = subprocess.run(
        [sys.executable, "-c", "import almenara; almenara.configure()"],
        cwd=tmp_path,
        env={**os.environ, "ALMENARA_SERVCE": "x"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert job.returncode == 1
    assert "did you mean ALMENARA_SERVICE?" in job.stderr
